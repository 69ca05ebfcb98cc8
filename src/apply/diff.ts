import type { IpSet } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Change } from './change.ts';
import { diffIptables } from './diff-iptables.ts';
import { diffNft } from './diff-nft.ts';
import { routeKey, ruleKey, sameRoute } from './same-routing.ts';
import { isOfStopping, writtenAlong } from './written-along.ts';

/** What differs in netfilter's rules, and in the sets they may name. */
export interface NetfilterChanges {
  readonly tables: readonly Change[];
  readonly ipsets: readonly Change[];
}

export function diffNetfilter(observed: KernelState, desired: KernelState): NetfilterChanges {
  return {
    tables: [...diffNft(observed, desired), ...diffIptables(observed, desired)],
    ipsets: diffIpsets(observed, desired),
  };
}

/**
 * The changes that make `observed` (polywan's own part of a machine) into `desired`, in the order in which no packet
 * is lost: what marks will need (files, sysctls, routes, policy rules), then the netfilter rules that set the marks,
 * then what no mark needs any more. Where the backend changes, the new one is in before the old one goes.
 * A sysctl that this machine does not have is left out: its interface has gone, and so has its reason.
 */
export function diff(
  observed: KernelState,
  desired: KernelState,
  { tables, ipsets }: NetfilterChanges = diffNetfilter(observed, desired),
): readonly Change[] {
  const files = diffFiles(observed, desired);
  const routing = diffRouting(observed, desired);
  return [
    ...files.filter(isPresentAfter),
    ...diffSysctls(observed, desired),
    ...routing.filter(isPresentAfter),
    // A rule that names a set needs it first, and a set cannot go while a rule names it.
    ...ipsets.filter(isPresentAfter),
    ...tables.filter(isPresentAfter),
    ...tables.filter(isGoneAfter),
    ...ipsets.filter(isGoneAfter),
    ...routing.filter(isGoneAfter),
    ...files.filter(isGoneAfter),
  ];
}

/** Of routes and policy rules alone: first what a rule leads to, and last, too. */
export function diffRouting(observed: KernelState, desired: KernelState): readonly Change[] {
  const routes = diffRoutes(observed, desired);
  const rules = diffRules(observed, desired);
  return [
    ...routes.filter(isPresentAfter),
    ...rules.filter(isPresentAfter),
    ...rules.filter(isGoneAfter),
    ...routes.filter(isGoneAfter),
  ];
}

function isGoneAfter(change: Change): boolean {
  return change.after === undefined || (change.kind === 'iptables' && change.after.length === 0);
}

function isPresentAfter(change: Change): boolean {
  return !isGoneAfter(change);
}

function diffFiles(observed: KernelState, desired: KernelState): Change[] {
  return pairs(observed.files, desired.files, (file) => file.path).flatMap(({ key, before, after }) =>
    before?.text === after?.text ? [] : [{ kind: 'file', path: key, before, after }],
  );
}

function diffSysctls(observed: KernelState, desired: KernelState): Change[] {
  const now = new Map(observed.sysctls.map(({ key, value }) => [key, value]));
  const first = desired.sysctls.filter(isOfStopping);
  // While a device begins to forward again, accept_ra is still what keeps its default routes.
  return [...new Set([...first, ...desired.sysctls])].flatMap((after): Change[] => {
    const { key } = after;
    const value = now.get(key);
    if (value === undefined || value === after.value) return [];
    // What comes later in the list is changed from what this one makes of it.
    for (const along of writtenAlong(after, now.keys())) now.set(along.key, along.value);
    return [{ kind: 'sysctl', key, before: { key, value }, after }];
  });
}

function diffRoutes(observed: KernelState, desired: KernelState): Change[] {
  return pairs(observed.routes, desired.routes, routeKey).flatMap(({ before, after }) =>
    before !== undefined && after !== undefined && sameRoute(before, after)
      ? []
      : [{ kind: 'route', before, after }],
  );
}

function diffRules(observed: KernelState, desired: KernelState): Change[] {
  return pairs(observed.policyRules, desired.policyRules, ruleKey).flatMap(({ before, after }) =>
    before !== undefined && after !== undefined ? [] : [{ kind: 'policy-rule', before, after }],
  );
}

/** Elements count only where polywan fills the set; one it wants empty is filled by the user or the resolver. */
function diffIpsets(observed: KernelState, desired: KernelState): Change[] {
  return pairs(observed.ipsets, desired.ipsets, (set) => set.name).flatMap(({ before, after }) => {
    if (before === undefined || after === undefined) return [{ kind: 'ipset', before, after }];
    const sameShape = before.type === after.type && before.options === after.options;
    if (sameShape && (isFilledByOthers(after) || sameElements(before, after))) return [];
    return [
      {
        kind: 'ipset',
        before,
        after: isFilledByOthers(after) ? { ...after, elements: before.elements } : after,
      },
    ];
  });
}

function isFilledByOthers(set: IpSet): boolean {
  return set.elements.length === 0 || set.options.includes('timeout');
}

function sameElements(a: IpSet, b: IpSet): boolean {
  // Not toSorted: a Node that takes a snapshot (build.mjs) does not have it.
  const sorted = ({ elements }: IpSet) => [...elements].sort().join('\n');
  return sorted(a) === sorted(b);
}

interface Pair<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** Objects of both sides by their key: first those that are wanted, in their order, then those that are not. */
function pairs<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (value: T) => string,
): readonly Pair<T>[] {
  const old = new Map(before.map((value) => [keyOf(value), value]));
  const wanted = new Map(after.map((value) => [keyOf(value), value]));
  return [
    ...[...wanted].map(([key, value]) => ({ key, before: old.get(key), after: value })),
    ...[...old].flatMap(([key, value]) =>
      wanted.has(key) ? [] : [{ key, before: value, after: undefined }],
    ),
  ];
}
