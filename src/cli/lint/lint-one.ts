import type { Ignore, LintSettings } from '../../config/lint-settings.ts';
import type { Host } from '../../host/host.ts';
import { CHECKS } from '../../lint/checks.ts';
import type { Finding } from '../../lint/finding.ts';
import { FRAME_CHECKS } from '../../lint/groups/frame.ts';
import { SITES_CHECKS } from '../../lint/groups/sites.ts';
import type { Machine } from '../../lint/machine.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import { judgeMachine } from './judge-machine.ts';
import type { PlannedMachine } from './plan-machines.ts';
import { type MachineRead, readMachine } from './read-machine.ts';
import type { SuppressedFinding } from './report.ts';

/** Everything lint has to say of one machine: plain data, which may come from another process. */
export interface LintedOne {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
  readonly problems: readonly Diagnostic[];
  readonly notes: readonly string[];
  /** Texts that were read beside the machine's own files: profiles, includes. */
  readonly sources: readonly (readonly [string, string])[];
  /** Which of the settings' ignores had something to keep quiet. */
  readonly used: readonly number[];
}

export async function lintOne(host: Host, planned: PlannedMachine): Promise<LintedOne> {
  return judgeRead(await readMachine(host, planned), planned);
}

export function judgeRead(
  { machine, problems, notes }: MachineRead,
  { files, settings }: Pick<PlannedMachine, 'files' | 'settings'>,
): LintedOne {
  const used = new Set<Ignore>();
  // Of a ruleset with holes nothing is sure; a site that is wrong says so itself.
  const { findings, suppressed } =
    problems.length === 0
      ? judgeMachine(machine, CHECKS, settings, used)
      : judgeMachine(withoutRules(machine), [...SITES_CHECKS, ...FRAME_CHECKS], settings, used);
  const own = new Set(files.map(({ file }) => file));
  return {
    findings,
    suppressed,
    problems,
    notes,
    sources: [...machine.sources].filter(([file]) => !own.has(file)),
    used: indexes(settings, used),
  };
}

function indexes(settings: LintSettings | undefined, used: ReadonlySet<Ignore>): readonly number[] {
  return (settings?.ignores ?? []).flatMap((ignore, at) => (used.has(ignore) ? [at] : []));
}

function withoutRules(machine: Machine): Machine {
  const { state, given, ...rest } = machine;
  const none = new Set<never>();
  return {
    ...rest,
    state: { ...state, tables: [], policyRules: [], routes: [] },
    given: { ...given, policyRules: none, routes: none, rulesets: none, whole: false },
    listings: [],
  };
}
