import type { KernelState, Sysctl } from '../../kernel/state.ts';

/** Whether two looks at the routing saw the same. */
export function sameRouting(a: KernelState, b: KernelState): boolean {
  return (
    sameList(a.links, b.links) &&
    sameList(a.addresses, b.addresses) &&
    sameList(a.policyRules, b.policyRules) &&
    sameList(a.routes, b.routes) &&
    a.sysctls === b.sysctls
  );
}

/** The same list where none was changed; a device that is new has some that nobody has read yet. */
export function withSettings(known: readonly Sysctl[], now: readonly Sysctl[]): readonly Sysctl[] {
  const values = new Map(now.map(({ key, value }) => [key, value]));
  const kept = known.map((sysctl) => ({ ...sysctl, value: values.get(sysctl.key) ?? sysctl.value }));
  const before = new Set(known.map(({ key }) => key));
  const all = [...kept, ...now.filter(({ key }) => !before.has(key))];
  return sameList(known, all) ? known : all;
}

/** The machine with its target on it: of settings it has others beside those of the target. */
export function madeOn(facts: KernelState, target: KernelState): KernelState {
  return { ...target, sysctls: withSettings(facts.sysctls, target.sysctls) };
}

/** One by one: a router may have a million routes. */
function sameList(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((each, at) => JSON.stringify(each) === JSON.stringify(b[at]));
}
