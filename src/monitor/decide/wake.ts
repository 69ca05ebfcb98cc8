import { GRACE_MS } from '../health/families.ts';
import type { WanState } from '../health/state.ts';
import type { Weighed } from '../health/weigh.ts';
import type { MonitorState } from './decision.ts';
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
  const { name, families } = state.wan;
  return site.policies
    .filter(({ members }) => members.some(({ wan }) => wan === name))
    .flatMap((policy) =>
      families.flatMap((family) => {
        const waits =
          standingOf(state, family) === 'used' && taken[policy.name]?.[family].includes(name) !== true;
        return waits ? (ripeningOf(state, family, policy) ?? []) : [];
      }),
    );
}
