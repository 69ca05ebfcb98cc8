import type { Ignore, LintSettings } from '../../config/lint-settings.ts';
import type { Host } from '../../host/host.ts';
import type { Finding, Severity } from '../../lint/finding.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { type FoundFiles, findFiles } from './find-files.ts';
import { SettingsFinder } from './find-settings.ts';
import { inTurn } from './in-turn.ts';
import { lintNames } from './lint-names.ts';
import { judgeRead, type LintedOne, lintOne } from './lint-one.ts';
import { liveMachine } from './live-machine.ts';
import { type PlannedMachine, planMachines } from './plan-machines.ts';
import type { LintedMachine, LintReport, LintSummary, SuppressedFinding } from './report.ts';
import { shareWork } from './share-work.ts';
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
  if (wish.live) run.take(...(await lintLive(host, named)));
  await run.all(planned.machines, progress);
  return run.report(found, planned.problems);
}

async function lintLive(
  host: Host,
  settings: LintSettings | undefined,
): Promise<readonly [LintedOne, PlannedMachine]> {
  const planned = { name: 'this machine', files: [], ...(settings === undefined ? {} : { settings }) };
  return [judgeRead(await liveMachine(host, settings), planned), planned];
}

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
  /** Full paths of the sources. */
  private readonly read = new Set<string>();

  constructor(host: Host, wish: LintWish, finder: SettingsFinder) {
    this.host = host;
    this.wish = wish;
    this.finder = finder;
    this.sources = new Map(finder.sources);
  }

  async all(planned: readonly PlannedMachine[], progress: Progress): Promise<void> {
    // Sites come first: they tell which profiles need no reading of their own.
    const configured = planned.filter(isConfigured).sort((a, b) => Number(hasSite(b)) - Number(hasSite(a)));
    const order = [...configured, ...planned.filter((one) => !isConfigured(one))];
    const shared = shareWork(this.host, order, configured.length);
    const part = (machines: readonly PlannedMachine[], from: number) =>
      inTurn(
        machines,
        async (machine, at) => (await shared.take(from + at)) ?? this.lint(machine),
        (linted, machine, at) => {
          progress(from + at, order.length);
          if (linted !== undefined) this.take(linted, machine);
        },
      );
    const sites = configured.filter(hasSite).length;
    await part(order.slice(0, sites), 0);
    await part(order.slice(sites), sites);
    shared.end();
  }

  /** Profiles that a site was read with are left out. */
  private async lint(planned: PlannedMachine): Promise<LintedOne | undefined> {
    const files = hasSite(planned)
      ? planned.files
      : planned.files.filter(({ file, kind }) => kind.kind !== 'profile' || !this.wasRead(file));
    return files.length === 0 ? undefined : lintOne(this.host, { ...planned, files });
  }

  private wasRead(file: string): boolean {
    return this.read.has(this.host.resolvePath(file));
  }

  take(linted: LintedOne, { name, files, settings }: PlannedMachine): void {
    for (const { file, text } of files) this.addSource(file, text);
    for (const [file, text] of linted.sources) this.addSource(file, text);
    this.machines.push({ name, files: files.map(({ file }) => file) });
    this.problems.push(...linted.problems);
    this.notes.push(...linted.notes);
    this.suppressed.push(...linted.suppressed);
    this.findings.push(...linted.findings);
    if (settings === undefined) return;
    this.settings.add(settings);
    for (const at of linted.used) {
      const ignore = settings.ignores[at];
      if (ignore !== undefined) this.used.add(ignore);
    }
  }

  private addSource(file: string, text: string): void {
    this.sources.set(file, text);
    this.read.add(this.host.resolvePath(file));
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
      unreadable: [...unreadable, ...this.finder.diagnostics, ...problems, ...this.problems, ...wrong],
      notes: [...this.notes, ...notes],
      sources: this.sources,
    };
  }

  private withoutKnown() {
    const { baseline, updateBaseline: update } = this.wish;
    const found = this.findings;
    if (baseline === undefined) return { findings: found, known: 0, notes: [], problems: [] };
    const wasRead = (path: string) => this.read.has(path);
    if (!update) return useBaseline(this.host, baseline, found, wasRead);
    const count = updateBaseline(this.host, baseline, found, wasRead);
    const note = `${baseline}: written with ${count} ${count === 1 ? 'finding' : 'findings'}`;
    return { findings: [], known: found.length, notes: [note], problems: [] };
  }
}

/** Which profiles are read alone depends on the sites before them. */
function isConfigured({ files }: PlannedMachine): boolean {
  return files.some(({ kind }) => kind.kind === 'site' || kind.kind === 'profile');
}

function hasSite({ files }: PlannedMachine): boolean {
  return files.some(({ kind }) => kind.kind === 'site');
}

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

function countBySeverity(findings: readonly Finding[]): Pick<LintSummary, 'errors' | 'warnings' | 'notes'> {
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  return { errors: count('error'), warnings: count('warning'), notes: count('note') };
}
