import type { Ignore, LintSettings } from '../../config/lint-settings.ts';
import type { Host } from '../../host/host.ts';
import { CHECKS } from '../../lint/checks.ts';
import type { Finding, Severity } from '../../lint/finding.ts';
import type { Machine } from '../../lint/machine.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { type FoundFiles, findFiles } from './find-files.ts';
import { SettingsFinder } from './find-settings.ts';
import { judgeMachine } from './judge-machine.ts';
import { lintNames } from './lint-names.ts';
import { liveMachine } from './live-machine.ts';
import { type PlannedMachine, planMachines } from './plan-machines.ts';
import { type MachineRead, readMachine } from './read-machine.ts';
import type { LintedMachine, LintReport, LintSummary, SuppressedFinding } from './report.ts';
import { unusedIgnores } from './unused-ignores.ts';
import { updateBaseline, useBaseline } from './use-baseline.ts';

export interface LintWish {
  readonly paths: readonly string[];
  readonly live: boolean;
  /** Settings that hold for everything, instead of those beside the files. */
  readonly settings?: string;
  /** The lowest that is shown. */
  readonly severity: Severity;
  readonly baseline?: string;
  readonly updateBaseline: boolean;
}

export type Progress = (done: number, total: number) => void;

/** One call of lint: reads, checks, and takes out what nobody wants to hear of. */
export async function runLint(host: Host, wish: LintWish, progress: Progress): Promise<LintReport> {
  const finder = new SettingsFinder(host, lintNames());
  const named = wish.settings === undefined ? undefined : finder.named(wish.settings);
  const found = await findFiles(host, wish.paths);
  const planned = await planMachines(host, found.files, finder, named);
  const run = new Run(host, wish, finder);
  if (wish.live) run.judge(await liveMachine(host, named), { name: 'this machine', files: [] }, named);
  await run.all(planned.machines, progress);
  return run.report(found, planned.problems);
}

/** Reading waits for programs (nft), so that a few machines are on their way at once. */
const AT_ONCE = 4;

class Run {
  private readonly host: Host;
  private readonly wish: LintWish;
  private readonly finder: SettingsFinder;
  private readonly machines: LintedMachine[] = [];
  private readonly findings: Finding[] = [];
  private readonly problems: Diagnostic[] = [];
  private readonly notes: string[] = [];
  private readonly sources: Map<string, string>;
  private readonly settings = new Set<LintSettings>();
  private readonly used = new Set<Ignore>();
  private readonly suppressed: SuppressedFinding[] = [];

  constructor(host: Host, wish: LintWish, finder: SettingsFinder) {
    this.host = host;
    this.wish = wish;
    this.finder = finder;
    this.sources = new Map(finder.sources);
  }

  async all(machines: readonly PlannedMachine[], progress: Progress): Promise<void> {
    // Sites come first: they tell which profiles need no reading of their own.
    const order = [...machines.filter(hasSite), ...machines.filter((one) => !hasSite(one))];
    const reads: Promise<MachineRead | undefined>[] = [];
    for (const [at, planned] of order.entries()) {
      for (let next = reads.length; next < order.length && next < at + AT_ONCE; next += 1)
        reads.push(this.read(order[next]));
      const read = await reads[at];
      delete reads[at];
      progress(at, order.length);
      if (read !== undefined) this.judge(read, planned, planned.settings);
    }
  }

  /** Profiles that a site was read with are left out. */
  private async read(planned: PlannedMachine | undefined): Promise<MachineRead | undefined> {
    if (planned === undefined) return undefined;
    const files = hasSite(planned)
      ? planned.files
      : planned.files.filter(({ file, kind }) => kind.kind !== 'profile' || !this.wasRead(file));
    return files.length === 0 ? undefined : readMachine(this.host, { ...planned, files });
  }

  private wasRead(file: string): boolean {
    return this.sources.has(file) || this.resolved().has(this.host.resolvePath(file));
  }

  private resolved(): ReadonlySet<string> {
    return new Set([...this.sources.keys()].map((file) => this.host.resolvePath(file)));
  }

  judge(
    { machine, problems, notes }: MachineRead,
    { name, files }: Pick<PlannedMachine, 'name' | 'files'>,
    settings: LintSettings | undefined,
  ): void {
    for (const [file, text] of machine.sources) this.sources.set(file, text);
    this.machines.push({ name, files: files.map(({ file }) => file) });
    this.problems.push(...problems);
    this.notes.push(...notes);
    if (settings !== undefined) this.settings.add(settings);
    // Of a ruleset with holes nothing is sure; a site that is wrong says so itself.
    const known = problems.length === 0 ? machine : onlyRefused(machine);
    const judged = judgeMachine(known, CHECKS, settings, this.used);
    this.suppressed.push(...judged.suppressed);
    this.findings.push(...judged.findings);
  }

  report({ files, unreadable, ignored }: FoundFiles, problems: readonly Diagnostic[]): LintReport {
    for (const [file, text] of this.finder.sources) this.sources.set(file, text);
    this.findings.push(...unusedIgnores(this.host, this.wish.paths, [...this.settings], this.used));
    const { findings, known, notes, problems: wrong } = this.withoutKnown();
    const shown = findings.filter(({ severity }) => RANKS[severity] <= RANKS[this.wish.severity]);
    const counts = {
      suppressed: this.suppressed.length,
      known,
      machines: this.machines.length,
      files: files.length,
      ignored,
    };
    return {
      machines: this.machines,
      findings: shown,
      summary: { ...countBySeverity(shown), ...counts },
      suppressed: this.suppressed,
      unreadable: [
        ...this.nothingRead(files, ignored),
        ...unreadable,
        ...this.finder.diagnostics,
        ...problems,
        ...this.problems,
        ...wrong,
      ],
      notes: [...this.notes, ...notes],
      sources: this.sources,
    };
  }

  /** A path that leads to nothing would look like a clean one. */
  private nothingRead(files: FoundFiles['files'], ignored: number): readonly Diagnostic[] {
    const [file] = this.wish.paths;
    if (files.length > 0 || file === undefined || this.wish.live || !this.isFolder(file)) return [];
    const passed = ignored === 0 ? '' : ` (${ignored} files are of no kind it knows)`;
    return [
      {
        message: `cannot find anything that lint reads in ${file}${passed}`,
        span: { file, start: 0, end: 0 },
      },
    ];
  }

  private isFolder(path: string): boolean {
    return this.host.listDirectory(path) !== undefined;
  }

  private withoutKnown() {
    const { baseline, updateBaseline: update } = this.wish;
    const found = this.findings;
    if (baseline === undefined) return { findings: found, known: 0, notes: [], problems: [] };
    const resolved = this.resolved();
    const wasRead = (path: string) => resolved.has(path);
    if (!update) return useBaseline(this.host, baseline, found, wasRead);
    const count = updateBaseline(this.host, baseline, found, wasRead);
    const note = `${baseline}: written with ${count} ${count === 1 ? 'finding' : 'findings'}`;
    return { findings: [], known: found.length, notes: [note], problems: [] };
  }
}

function onlyRefused(machine: Machine): Machine {
  const { state, given, ...rest } = machine;
  const none = new Set<never>();
  return {
    ...rest,
    state: { ...state, tables: [], policyRules: [], routes: [] },
    given: { ...given, policyRules: none, routes: none, rulesets: none, whole: false },
    listings: [],
  };
}

function hasSite({ files }: PlannedMachine): boolean {
  return files.some(({ kind }) => kind.kind === 'site');
}

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

function countBySeverity(findings: readonly Finding[]): Pick<LintSummary, 'errors' | 'warnings' | 'notes'> {
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  return { errors: count('error'), warnings: count('warning'), notes: count('note') };
}
