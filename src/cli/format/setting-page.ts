import type { Setting } from '../../config/find-setting.ts';
import { showValue } from '../../config/manual.ts';
import { SETTING_REASONS } from '../../config/setting-reasons.ts';
import { table } from './table.ts';
import { wrap } from './wrap.ts';

/** What `polywan explain KEY` prints: what the key means, what it may be, and why it is so when it is left out. */
export function settingPage({ file, row, inside }: Setting, width: number): string {
  const { path, description, values, required, examples } = row;
  const facts = [
    [`may be`, values],
    ...('default' in row ? [['default', showValue(row.default)]] : required ? [['', 'must be given']] : []),
    ...examples.map((example) => ['example', `${row.key}: ${showValue(example)}`]),
  ];
  const reasons = file === 'polywan.lint.yaml' ? [] : (SETTING_REASONS[path] ?? []);
  return [
    `${path} in ${file}\n`,
    `${wrap(description, width).join('\n')}\n`,
    indented(table(facts, width - 2)),
    ...reasons.map((text) => `${wrap(text, width).join('\n')}\n`),
    ...(inside.length === 0
      ? []
      : [
          'Keys inside:\n',
          indented(
            table(
              inside.map((one) => [one.path, one.description]),
              width - 2,
            ),
          ),
        ]),
  ].join('\n');
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
