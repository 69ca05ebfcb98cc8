import { GRACE_MS } from '../health/families.ts';
import type { WanState } from '../health/state.ts';
import type { MonitorState } from './decision.ts';
import { ripeningOf } from './take.ts';

/** The next time at which something changes though nothing happens: a wait that ends. */
export function nextWake({ site, wans, taken, now }: Omit<MonitorState, 'wakeAt'>): number | undefined {
  const times = wans.flatMap((state) => [
    ...restraintsOf(state),
    ...Object.values(state.families).flatMap(({ lost }) => (lost === undefined ? [] : [lost.at + GRACE_MS])),
    ...site.policies.flatMap((policy) => {
      const waits =
        state.used &&
        policy.members.some(({ wan }) => wan === state.wan.name) &&
        taken[policy.name]?.includes(state.wan.name) !== true;
      return waits ? (ripeningOf(state, policy) ?? []) : [];
    }),
  ]);
  const next = Math.min(...times.filter((time) => time > now));
  return Number.isFinite(next) ? next : undefined;
}

function restraintsOf({ used, holdUntil, flaps }: WanState): readonly number[] {
  return used ? [] : [holdUntil, flaps.dampedUntil ?? 0];
}
