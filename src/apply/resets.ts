import type { Policy, Site } from '../config/site.ts';
import { type Host, HostError } from '../host/host.ts';
import type { Address } from '../kernel/routing.ts';
import { isLinkLocal } from '../net/link-local.ts';
import type { Mark } from '../net/mark.ts';
import type { Plan, PlannedWan } from '../plan/plan.ts';
import { listByMark, resetByMark, resetTuples } from './conntrack.ts';
import type { Applied } from './records.ts';
import { Refusal } from './refusal.ts';
import { isRenamed } from './renamed-policy.ts';
import { type Steering, steeredBy, steeringOf } from './steered-by.ts';
import type { Tuple } from './tuple.ts';

/** Connections that end because what they rest on was taken out of the site, or is told by another mark from now on. */
export type Reset =
  | {
      readonly kind: 'wan';
      readonly wan: string;
      readonly mark: Mark;
      readonly count: number;
      readonly why: keyof typeof WHY;
    }
  | {
      readonly kind: 'policy';
      readonly policy: string;
      readonly tuples: readonly Tuple[];
      readonly mask: number;
      /** Connections that may have been its own or another policy's; they are kept. */
      readonly undecided: number;
    };

/** Why connections of a WAN end: told behind, and beforehand. */
const WHY = {
  gone: { was: 'it is no longer in the site', will: '' },
  mark: { was: 'it has another mark now', will: ': it gets another mark' },
  interface: { was: 'it has another interface now', will: ': it gets another interface' },
} as const;

/** What a change of the site takes away from running connections. Asks conntrack only when something was taken out. */
export async function findResets(
  host: Host,
  previous: Applied | undefined,
  site: Site,
  plan: Plan,
  addresses: readonly Address[],
): Promise<readonly Reset[]> {
  if (previous === undefined) return [];
  const successorOf = successors(plan, addresses);
  const stay = previous.wans.filter((wan) => successorOf(wan) !== undefined);
  const gone = previous.wans.filter((wan) => !stay.includes(wan));
  const resets: Reset[] = [];
  for (const wan of gone) {
    const mark = { value: wan.mark, mask: previous.markMask };
    const { length: count } = await listByMark(host, mark);
    resets.push({ kind: 'wan', wan: wan.name, mark, count, why: whyGone(wan, plan) });
  }
  for (const policy of gonePolicies(previous, site, successorOf)) {
    const members = stay.filter((wan) => policy.members.some((member) => member.wan === wan.name));
    resets.push(await findPolicyReset(host, previous, policy.name, members, addresses));
  }
  return resets;
}

/** Those that are not there under another name either. */
function gonePolicies(previous: Applied, site: Site, successorOf: Successor): readonly Policy[] {
  const before = { ...recordedSteering(previous), policies: previous.sitePolicies };
  const now = { ...steeringOf(site), policies: site.policies };
  const newNameOf = (name: string): string | undefined => {
    const old = previous.wans.find((wan) => wan.name === name);
    return old && successorOf(old)?.name;
  };
  return previous.sitePolicies.filter(
    (policy) =>
      !site.policies.some(({ name }) => name === policy.name) && !isRenamed(policy, before, now, newNameOf),
  );
}

type Successor = (wan: PlannedWan) => PlannedWan | undefined;

/**
 * Connections carry the mark, so a WAN that only got another name keeps them where mark and interface stayed. One that got
 * another interface keeps them unless the one before still has an address: then it is no other name of the same link, and
 * from that address they would leave by a link that it is not of.
 */
function successors(plan: Plan, addresses: readonly Address[]): Successor {
  const isThere = (device: string) =>
    addresses.some((each) => each.device === device && !isLinkLocal(each.address));
  return (wan) =>
    plan.wans.find(
      (other) =>
        other.mark === wan.mark &&
        (other.interface === wan.interface || (other.name === wan.name && !isThere(wan.interface))),
    );
}

function whyGone({ name, mark }: PlannedWan, { wans }: Plan): keyof typeof WHY {
  const now = wans.find((wan) => wan.name === name);
  if (now === undefined) return 'gone';
  return now.mark === mark ? 'interface' : 'mark';
}

function recordedSteering({ steering, localTraffic }: Applied): Steering {
  return { rules: steering, ...(localTraffic === undefined ? {} : { localTraffic }) };
}

async function findPolicyReset(
  host: Host,
  previous: Applied,
  policy: string,
  members: readonly PlannedWan[],
  addresses: readonly Address[],
): Promise<Reset> {
  const mask = previous.markMask;
  const steering = recordedSteering(previous);
  const tuples: Tuple[] = [];
  let undecided = 0;
  for (const wan of members)
    for (const tuple of await listByMark(host, { value: wan.mark, mask })) {
      const possible = steeredBy(steering, tuple, addresses);
      if (!possible.has(policy)) continue;
      // A protocol that conntrack has no name for cannot be told from others between the same hosts.
      if (possible.size === 1 && tuple.protocol !== 'unknown') tuples.push(tuple);
      else undecided += 1;
    }
  return { kind: 'policy', policy, tuples, mask, undecided };
}

/** Ends them; one line for each that ended, was kept undecided, or could not be ended: the change itself is made. */
export async function carryOutResets(host: Host, resets: readonly Reset[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const reset of resets)
    try {
      lines.push(...(await carryOut(host, reset)));
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof HostError)) throw error;
      const whose = reset.kind === 'wan' ? `WAN ${reset.wan}` : `policy ${reset.policy}`;
      lines.push(`connections of ${whose} were not reset: ${error.message}`);
    }
  return lines;
}

async function carryOut(host: Host, reset: Reset): Promise<readonly string[]> {
  if (reset.kind === 'wan') {
    return wasReset(await resetByMark(host, reset.mark), `WAN ${reset.wan}`, WHY[reset.why].was);
  }
  const count = await resetTuples(host, reset.tuples, reset.mask);
  return [...wasReset(count, `policy ${reset.policy}`, WHY.gone.was), ...undecidedLine(reset)];
}

function wasReset(count: number, whose: string, why: string): readonly string[] {
  return count === 0 ? [] : [`${connections(count)} of ${whose} reset: ${why}`];
}

/** The same beforehand, for `plan`. */
export function describeReset(reset: Reset): readonly string[] {
  if (reset.kind === 'wan') {
    return willBeReset(reset.count, `WAN ${reset.wan}`, WHY[reset.why].will);
  }
  return [...willBeReset(reset.tuples.length, `policy ${reset.policy}`, ''), ...undecidedLine(reset)];
}

function willBeReset(count: number, whose: string, why: string): readonly string[] {
  return count === 0 ? [] : [`${connections(count)} of ${whose} will be reset${why}`];
}

function undecidedLine(reset: Extract<Reset, { readonly kind: 'policy' }>): readonly string[] {
  if (reset.undecided === 0) return [];
  return [
    `${connections(reset.undecided)} may have been of policy ${reset.policy}; kept, as only their first packet could tell`,
  ];
}

function connections(count: number): string {
  return `${count} ${count === 1 ? 'connection' : 'connections'}`;
}
