import { ownState } from '../kernel/ownership.ts';
import type { PolicyRule } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Change } from './change.ts';
import { listByMark } from './conntrack.ts';
import { describeRule } from './describe.ts';
import { diff } from './diff.ts';
import { findProgram } from './find-program.ts';
import type { Machine } from './machine.ts';
import { observeOwn } from './observe.ts';
import { KNOWN_FILES } from './owned-files.ts';
import { readHistory } from './prepare.ts';
import { type Applied, type Journal, type Pending, readPending } from './records.ts';
import { iptablesOf } from './used.ts';

/** What is applied, and how far this machine has moved from it. */
export interface Status {
  readonly applied: Applied | undefined;
  readonly journal: Journal | undefined;
  readonly pending: Pending | undefined;
  readonly own: KernelState;
  /** What an apply of the recorded state would do now; without a record, nothing. */
  readonly drift: readonly Change[];
  /** Connections now, by WAN; without the program conntrack nobody can tell. */
  readonly connections: Readonly<Record<string, number>> | undefined;
}

export async function readStatus(machine: Machine): Promise<Status> {
  const { host } = machine;
  const { applied, journal, used } = readHistory(machine);
  const frontends = iptablesOf(used);
  const observed = await observeOwn(machine, {
    nft: 'own',
    iptables: frontends,
    ipsets: frontends.length > 0,
    sysctls: (applied?.desired.sysctls ?? []).map(({ key }) => key),
    files: [...KNOWN_FILES, ...(applied?.desired.files ?? []).map(({ path }) => path)],
  });
  const own = ownState(observed);
  return {
    applied,
    journal,
    pending: readPending(host),
    own,
    drift: applied === undefined ? [] : diff(own, applied.desired),
    connections: applied === undefined ? undefined : await countConnections(machine, applied),
  };
}

async function countConnections({ host }: Machine, applied: Applied): Promise<Status['connections']> {
  if (findProgram(host, 'conntrack') === undefined) return undefined;
  // One listing for all WANs: everything whose mark is not 0 under the mask is polywan's.
  const all = await listByMark(host, { value: 0, mask: 0 });
  return Object.fromEntries(
    applied.wans.map((wan) => [
      wan.name,
      all.filter((tuple) => (tuple.mark & applied.markMask) >>> 0 === wan.mark).length,
    ]),
  );
}

/** A policy rule with the line it comes from, named as in the comments on generated rules. */
export function ruleOrigin(rule: PolicyRule, applied: Applied): string {
  // The rule that asks main first, and those that lead to several WANs', are the site's as a whole.
  const name = applied.siteFile.slice(applied.siteFile.lastIndexOf('/') + 1);
  const { file, line } = sourceOf(rule, applied)?.origin ?? { file: name, line: 1 };
  return `${describeRule(rule)}  (${file}:${line})`;
}

function sourceOf({ action, selector }: PolicyRule, { wans, policies }: Applied) {
  if (action.kind === 'goto') return undefined;
  const wan = wans.find(
    ({ table, mark, addresses }) =>
      (action.kind === 'lookup' && action.table === table) ||
      selector.fwmark?.value === mark ||
      addresses.some(({ address }) => address === selector.from?.address),
  );
  return wan ?? policies.find((policy) => policy.lastResort === action.kind);
}
