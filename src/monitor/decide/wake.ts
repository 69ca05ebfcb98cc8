import type { Policy } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { valueAt } from '../../net/value-at.ts';
import { GRACE_MS } from '../health/families.ts';
import type { WanState } from '../health/state.ts';
import type { Weighed } from '../health/weigh.ts';
import type { MonitorState, Taken } from './decision.ts';
import { standingOf } from './standing.ts';
import { ripeningOf } from './take.ts';

type Known = Omit<MonitorState, 'wakeAt'>;

/** The next time at which something changes though nothing happens: a wait that ends. */
export function nextWake(known: Known): number | undefined {
  const times = known.wans.flatMap((state) => [
    ...(state.used ? [] : restraintsOf(state)),
    ...Object.values(state.apart).flatMap((family) => (family.down ? restraintsOf(family) : [])),
    ...Object.values(state.families).flatMap(({ lost }) => (lost === undefined ? [] : [lost.at + GRACE_MS])),
    ...waitsOf(state, known),
  ]);
  const next = Math.min(...times.filter((time) => time > known.now));
  return Number.isFinite(next) ? next : undefined;
}

function restraintsOf({ holdUntil, flaps }: Weighed): readonly number[] {
  return [holdUntil, flaps.dampedUntil ?? 0];
}

/** When policies that do not use the WAN will. */
function waitsOf(state: WanState, { site, taken }: Known): readonly number[] {
  return site.policies.flatMap((policy) =>
    waitsFor(state, policy, taken).flatMap(({ until }) => until ?? []),
  );
}

/** Families of a WAN in use that this policy does not use yet, and when it will; undefined: when it needs to. */
export function waitsFor(
  state: WanState,
  policy: Policy,
  taken: Taken,
): readonly { readonly family: Family; readonly until: number | undefined }[] {
  const { name, families } = state.wan;
  if (!policy.members.some(({ wan }) => wan === name)) return [];
  return families
    .filter(
      (family) =>
        standingOf(state, family) === 'used' && valueAt(taken, policy.name)?.[family].includes(name) !== true,
    )
    .map((family) => ({ family, until: ripeningOf(state, family, policy) }));
}
