import type { Check, Example } from '../../lint/check.ts';
import type { CheckGroup } from '../../lint/checks.ts';
import { changed, filesGone } from '../format/check-page.ts';
import { sentence } from '../format/sentence.ts';
import { SUPPRESSING } from '../format/suppressing.ts';
import { CHECKS_HEAD, CHECKS_TAIL } from './checks-prose.ts';
import { literal, roff } from './roff.ts';

/** The page polywan-checks(7) as mdoc(7) source: what stands in it is the checks' own. */
export function checksPage(groups: readonly CheckGroup[]): string {
  return [
    CHECKS_HEAD,
    ...groups.flatMap(({ title, checks }) =>
      checks.length === 0 ? [] : [`.Sh ${title.toUpperCase()}`, ...checks.flatMap(checkSection)],
    ),
    '.Sh SUPPRESSING A FINDING',
    ...SUPPRESSING.flatMap(({ text, example }) => ['.Pp', roff(text), ...display(example('CHECK'))]),
    CHECKS_TAIL,
    '',
  ].join('\n');
}

function checkSection({ id, severity, summary, why, bad, good }: Check): readonly string[] {
  return [
    `.Ss ${roff(id)} (${severity})`,
    roff(sentence(summary)),
    ...why.flatMap((paragraph) => ['.Pp', roff(paragraph)]),
    ...exampleText('Wrong', bad),
    ...filesGone(bad, good).flatMap((name) => ['.Pp', 'Right: the same without', `.Pa ${roff(name)} .`]),
    ...exampleText('Right', changed(bad, good)),
  ];
}

function exampleText(title: string, { files }: Example): readonly string[] {
  return Object.entries(files).flatMap(([name, text]) => [
    '.Pp',
    `${title},`,
    `.Pa ${roff(name)} :`,
    ...display(text),
  ]);
}

function display(text: string): readonly string[] {
  // A tab would go to the next stop of the page, which is far.
  const lines = literal(text.trimEnd().replaceAll('\t', '    '));
  return ['.Bd -literal -offset indent', lines, '.Ed'];
}
