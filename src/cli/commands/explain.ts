import { allSettings, findSettings, type Setting } from '../../config/find-setting.ts';
import { nearest } from '../../config/nearest.ts';
import { CHECK_GROUPS, CHECKS } from '../../lint/checks.ts';
import type { Command } from '../command.ts';
import { checkPage } from '../format/check-page.ts';
import { sentence } from '../format/sentence.ts';
import { settingPage } from '../format/setting-page.ts';
import { table } from '../format/table.ts';
import { lintNames } from '../lint/lint-names.ts';
import { UsageError } from '../usage-error.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'say what a check of lint is about, or a setting',
  description: [
    'Prints the page of a check: what it finds, why that matters, an example that has it and one that has not, and how to keep a finding quiet. Without a word it lists the checks. All pages together are polywan-checks(7).',
    'A WORD may also be a key of polywan.yaml, a profile or polywan.lint.yaml, such as mark_mask or policies.NAME.members: then it prints what the key means, and why its default is what it is.',
  ],
  positionals: [
    {
      name: 'word',
      describe: 'a check, or a key of the site, a profile or lint’s settings',
      required: false,
      choices: CHECKS.map(({ id }) => id),
    },
  ],
  options: {},
  examples: [
    { line: 'polywan explain', describe: 'every check, in a line each' },
    { line: 'polywan explain config-invalid', describe: 'the page of one' },
    { line: 'polywan explain mark_mask', describe: 'a setting, with the reason for its default' },
  ],
  run: async ({ word }, { host }) => {
    host.stdout.write(pageOf(word === undefined ? undefined : String(word), host.stdout.columns));
    return 0;
  },
};

function pageOf(word: string | undefined, width: number): string {
  if (word === undefined) return list(width);
  const check = CHECKS.find(({ id }) => id === word);
  if (check !== undefined) return checkPage(check, width);
  const all = allSettings(lintNames());
  const settings = findSettings(all, word);
  if (settings.length === 0) throw new UsageError(unknown(word, all));
  return settings.map((setting) => settingPage(setting, width)).join('\n');
}

function list(width: number): string {
  return CHECK_GROUPS.filter(({ checks }) => checks.length > 0)
    .map(({ title, checks }) => {
      const rows = checks.map(({ id, severity, summary }) => [id, severity, sentence(summary)]);
      return `${title}:\n${table(rows, width - 2).replace(/^(?=.)/gm, '  ')}`;
    })
    .join('\n');
}

function unknown(word: string, all: readonly Setting[]): string {
  const known = [...CHECKS.map(({ id }) => id), ...all.flatMap(({ row }) => [row.key, row.path])];
  const meant = nearest(word, known);
  const hint = meant === undefined ? "'polywan explain' lists the checks" : `did you mean ${meant}?`;
  return `no check and no setting is called ${JSON.stringify(word)}; ${hint}`;
}
