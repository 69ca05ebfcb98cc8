import type { Check, Example } from '../../lint/check.ts';
import { sentence } from './sentence.ts';
import { SUPPRESSING } from './suppressing.ts';
import { wrap } from './wrap.ts';

/** What `polywan explain CHECK` prints. Examples keep their lines, so that they can be copied. */
export function checkPage(check: Check, width: number): string {
  const { id, severity, summary, why, bad, good } = check;
  const paragraphs = [sentence(summary), ...why].map((text) => `${wrap(text, width).join('\n')}\n`);
  return [
    `${id} (${severity})\n`,
    ...paragraphs,
    ...examples('Wrong', bad),
    ...filesGone(bad, good).map((name) => `Right: the same without ${name}.\n`),
    ...examples('Right', changed(bad, good)),
    'To keep a finding quiet:\n',
    ...SUPPRESSING.map(({ text, example }) =>
      [...wrap(text, width - 2), '', ...indented(example(id))]
        .map((line) => `  ${line}`.trimEnd())
        .join('\n'),
    ).map((text) => `${text}\n`),
  ].join('\n');
}

/** What is different in the good example: files that both have are shown once. */
export function changed(bad: Example, good: Example): Example {
  const files = Object.entries(good.files).filter(([name, text]) => bad.files[name] !== text);
  return { files: Object.fromEntries(files) };
}

/** Files of the bad example that the good one has not. */
export function filesGone(bad: Example, good: Example): readonly string[] {
  return Object.keys(bad.files).filter((name) => !(name in good.files));
}

function examples(title: string, { files }: Example): readonly string[] {
  return Object.entries(files).map(
    ([name, text]) => `${title}, ${name}:\n\n${indented(text).join('\n').trimEnd()}\n`,
  );
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
