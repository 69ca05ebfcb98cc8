import { SEVERITIES, type Severity } from '../../lint/finding.ts';
import { textOption } from '../arguments.ts';
import type { Arguments, Command, Context, ExitCode } from '../command.ts';
import { LINT_FORMATS, type LintFormat } from '../format/lint/format-report.ts';
import { fixFiles } from '../lint/fix-files.ts';
import { helpLint } from '../lint/help-lint.ts';
import { printReport } from '../lint/print-report.ts';
import type { LintReport } from '../lint/report.ts';
import { type LintWish, runLint } from '../lint/run-lint.ts';
import { HELPER_OPTION } from '../lint/share-work.ts';
import { showProgress } from '../lint/show-progress.ts';
import { configPath } from '../load-site.ts';
import { UsageError } from '../usage-error.ts';
import { explain } from './explain.ts';

export const lint: Command = {
  name: 'lint',
  summary: 'check rulesets, sites and profiles for what breaks connections',
  description: [
    'Reads sites with their profiles, iptables-save and ip6tables-save, nft text and JSON, listings of ip rule and ip route, sysctls, snapshots, shell scripts, files of netplan and networkd, and those of ifupdown and wg-quick with the commands that they have run, and follows flows through them: what loses its mark, changes its WAN in the middle, leaks or is cut. Each finding has its place, the rules that lead there, a flow that suffers, and the cure. It needs neither root nor the router; nft text alone is loaded by nft in a network namespace of its own.',
    'A PATH is a file, a folder with all below it, a pattern, or - for standard input. What a file is, is told from what stands in it; in folders other files are passed over. Without a PATH it checks the site that --config names.',
    'Files that are named together are read as one machine, and so are those of one folder, unless two of them speak of the same (two saves of one table, two nft files with one table, two sites): then the files of each folder, or those with a common name (east.v4, east.v6, east-routes.txt), are one machine, and what is left is one each. A shell script beside rules it may have made is a machine of its own, and so are interfaces that have them made, and a snapshot. polywan.lint.yaml, beside the files or in a folder above, says it where it cannot be seen, and what interfaces are for, which policy rules there are, and how grave each check is; its keys are in polywan.yaml(5).',
    'A finding is kept quiet by "# polywan-ignore CHECK: why" on the line above, or "polywan:ignore=CHECK why" in the comment of a rule. A suppression that suppresses nothing is reported.',
    'Exits with 0 when nothing is wrong, 1 when there is an error or a warning (or what --severity and --max-warnings say), 2 when something cannot be read.',
  ],
  positionals: [
    {
      name: 'path',
      describe: 'a file, a folder, a pattern, or - for standard input',
      required: false,
      variadic: true,
    },
  ],
  options: {
    live: { type: 'boolean', describe: 'check what this machine has now' },
    settings: {
      type: 'string',
      valueName: 'FILE',
      describe: 'take these settings instead of polywan.lint.yaml beside the files',
    },
    severity: {
      type: 'string',
      valueName: 'LEVEL',
      choices: SEVERITIES,
      describe:
        'show findings from this level on, and fail for them; without it all are shown, and notes do not fail',
    },
    'max-warnings': {
      type: 'number',
      valueName: 'N',
      describe: 'do not fail for up to N warnings; 0 if not given',
    },
    baseline: {
      type: 'string',
      valueName: 'FILE',
      describe: 'leave out findings that this file knows, and tell which of them have gone',
    },
    'update-baseline': { type: 'boolean', describe: 'write what is found now to the baseline' },
    fix: {
      type: 'boolean',
      describe:
        'make the cures that are certain from the text, and say what is left: the change is shown as a diff, and each cure stays only if its finding goes and no other comes',
    },
    'dry-run': { type: 'boolean', describe: 'with --fix, show the diff and write nothing' },
    format: {
      type: 'string',
      valueName: 'FORMAT',
      choices: LINT_FORMATS,
      describe:
        'how findings are printed: for people, for programs, for code scanning, as annotations of GitHub Actions, or one line each; text if not given',
    },
    json: { type: 'boolean', describe: 'the same as --format json' },
    [HELPER_OPTION]: { type: 'boolean', describe: 'check what standard input names', hidden: true },
    explain: {
      type: 'string',
      valueName: 'CHECK',
      describe: 'print the page of a check, as polywan explain does',
    },
  },
  examples: [
    { line: 'polywan lint', describe: 'the site of this machine' },
    {
      line: 'polywan lint etc/iptables',
      describe: 'a folder: its rules.v4, rules.v6 and listings as one machine',
    },
    { line: 'sudo polywan lint --live', describe: 'this machine as it is now' },
    { line: 'iptables-save | polywan lint -', describe: 'what another program prints' },
    { line: 'polywan lint --fix --dry-run etc', describe: 'what could be cured, as a diff' },
    { line: 'polywan lint --baseline lint.json .', describe: 'a repository, but only what is new' },
  ],
  run: async (args, context) => {
    if (args[HELPER_OPTION] === true) return helpLint(context.host);
    if (args.explain !== undefined) return explain.run({ word: args.explain }, context);
    const wish = wishOf(args);
    const limit = maxWarnings(args);
    const format = formatOf(args);
    const code = (report: LintReport) => exitCode(report, wish, args.severity === 'note', limit);
    const { host } = context;
    const fixes = fixOption(args, wish);
    if (fixes !== undefined) return fix(wish, fixes, format, context, code);
    const progress = showProgress(host);
    const report = await runLint(host, wish, progress.step);
    progress.end();
    printReport(report, format, context);
    return code(report);
  },
};

function wishOf(args: Arguments): LintWish {
  const given = Array.isArray(args.path) ? args.path.map(String) : [];
  const live = args.live === true;
  const settings = textOption(args, 'settings');
  const baseline = textOption(args, 'baseline');
  const update = args['update-baseline'] === true;
  if (update && baseline === undefined) throw new UsageError('--update-baseline needs --baseline FILE');
  return {
    paths: given.length > 0 || live ? given : [configPath(args)],
    live,
    severity: severityOf(textOption(args, 'severity')),
    updateBaseline: update,
    ...(settings === undefined ? {} : { settings }),
    ...(baseline === undefined ? {} : { baseline }),
  };
}

/** Undefined without --fix. */
function fixOption(args: Arguments, { paths, live, updateBaseline }: LintWish) {
  const dryRun = args['dry-run'] === true;
  if (args.fix !== true) {
    if (dryRun) throw new UsageError('--dry-run needs --fix');
    return undefined;
  }
  if (live) throw new UsageError('--fix changes files, never a running machine: it cannot go with --live');
  if (paths.includes('-')) throw new UsageError('--fix changes files, and standard input is none');
  if (updateBaseline) throw new UsageError('--fix and --update-baseline exclude each other');
  return { dryRun };
}

const WOULD_BE = 'Nothing was written. With this, lint would say:';
const WRITTEN = 'This was written. What lint says now:';
const PARTLY = 'Not all of this could be written. What lint says now:';

/** The diff goes where it cannot spoil what a program reads. */
async function fix(
  wish: LintWish,
  { dryRun }: { readonly dryRun: boolean },
  format: LintFormat,
  context: Context,
  code: (report: LintReport) => ExitCode,
): Promise<ExitCode> {
  const { host } = context;
  const { diff, notes, failed, report } = await fixFiles(host, wish, dryRun);
  const output = format === 'text' ? host.stdout : host.stderr;
  if (diff !== '') output.write(`${diff}\n${dryRun ? WOULD_BE : failed ? PARTLY : WRITTEN}\n\n`);
  for (const note of notes) host.stderr.write(`polywan: ${note}\n`);
  printReport(report, format, context);
  if (failed) return 3;
  // What is cured on paper only is still wrong.
  return dryRun && diff !== '' && code(report) === 0 ? 1 : code(report);
}

function severityOf(word: string | undefined): Severity {
  return SEVERITIES.find((one) => one === word) ?? 'note';
}

function maxWarnings(args: Arguments): number {
  const value = args['max-warnings'];
  if (value === undefined) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new UsageError('--max-warnings needs a whole number');
  return value;
}

function formatOf(args: Arguments): LintFormat {
  const named = LINT_FORMATS.find((one) => one === args.format);
  if (args.json !== true) return named ?? 'text';
  if (named !== undefined && named !== 'json') throw new UsageError('--json and --format exclude each other');
  return 'json';
}

function exitCode(
  { summary, unreadable: problems }: LintReport,
  { updateBaseline }: LintWish,
  notesCount: boolean,
  limit: number,
): ExitCode {
  if (problems.length > 0) return 2;
  if (updateBaseline) return 0;
  const { errors, warnings, notes } = summary;
  return errors > 0 || warnings > limit || (notesCount && notes > 0) ? 1 : 0;
}
