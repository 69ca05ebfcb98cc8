import type { HealthSettings, Site, Wan } from '../../config/site.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import { valueAt } from '../../net/value-at.ts';
import { namedFamilies, wanPart } from '../../plan/wan-part.ts';
import { type Flaps, NO_FLAPS } from '../health/damping.ts';
import { type FamilyHealths, newFamilyHealth } from '../health/family-health.ts';
import type { WanHealth, WanState } from '../health/state.ts';
import { newTrack } from '../health/track.ts';
import { restrain } from '../health/weigh.ts';
import type { Memory, MonitorState, Past } from './decision.ts';
import { demandOf } from './demand.ts';
import { takeMembers } from './take.ts';
import { nextWake } from './wake.ts';

/** As a site begins that nobody has watched: what is known of nothing. */
export const NO_MEMORY: Memory = { admin: {}, down: [], held: {}, past: {} };

/**
 * The state before the first event. What was out of use when the daemon ended stays out until it is known to be well:
 * a restart moves nothing.
 */
export function start(site: Site, memory: Memory, now: number): MonitorState {
  const wans = site.wans.map((wan) => startWan(wan, memory, now));
  const before = Object.fromEntries(
    site.policies.map(({ name, members }) => {
      const heldIn = (wan: string) => namedFamilies(valueAt(memory.held, name) ?? [], wan);
      const taken = (family: Family) =>
        members.flatMap(({ wan }) => (heldIn(wan).includes(family) ? [] : [wan]));
      return [name, { ipv4: taken('ipv4'), ipv6: taken('ipv6') }];
    }),
  );
  const taken = takeMembers(site, wans, before, now);
  const state = { site, now, wans, taken, demand: demandOf(site, wans, taken, now) };
  const wakeAt = nextWake(state);
  return wakeAt === undefined ? state : { ...state, wakeAt };
}

export function startWan(wan: Wan, memory: Memory, now: number): WanState {
  const admin = valueAt(memory.admin, wan.name) ?? 'auto';
  const wasDown = memory.down.includes(wan.name);
  const health: WanHealth = admin !== 'auto' ? admin : wasDown ? 'unknown' : wan.health.initial;
  return {
    wan,
    health,
    ...(admin === 'auto' ? {} : { cause: 'admin' as const }),
    since: now,
    used: admin === 'up' || (admin === 'auto' && !wasDown && wan.health.initial !== 'down'),
    admin,
    families: {},
    apart: startFamilies(wan, memory, now),
    probes: wan.probes.map(() => newTrack(now)),
    verdict: { kind: 'pending' },
    ...(wasDown ? { wasWell: false, failed: true as const } : {}),
    ...pastOf(memory, wan.name, wan.health, now),
  };
}

/** Families that were down; whether they can be so alone is seen with the first event. */
function startFamilies({ name, families, health }: Wan, memory: Memory, now: number): FamilyHealths {
  const down = namedFamilies(memory.down, name);
  return Object.fromEntries(
    families.flatMap((family) => {
      const key = wanPart(name, family);
      if (!down.includes(family) && valueAt(memory.past, key) === undefined) return [];
      const fresh = newFamilyHealth(now);
      const failed = down.includes(family) ? { down: true, wasWell: false, failed: true as const } : {};
      return [[family, { ...fresh, ...failed, ...pastOf(memory, key, health, now) }]];
    }),
  );
}

/** Times of a clock that was set since are no later than now, and nothing is held back for longer than its settings say. */
function pastOf(
  { past, held }: Memory,
  name: string,
  settings: HealthSettings,
  now: number,
): Pick<WanState, 'flaps' | 'returnedAt' | 'holdUntil'> {
  const { flaps = NO_FLAPS, returnedAt, holdUntil = 0 } = valueAt(past, name) ?? {};
  const isHeld = Object.values(held).some((names) => names.includes(name));
  const returned = returnedAt ?? (isHeld ? now : undefined);
  return {
    ...restrain({ flaps, holdUntil }, settings, now),
    ...(returned === undefined ? {} : { returnedAt: Math.min(returned, now) }),
  };
}

/** What is to be known after a restart. */
export function remember({ wans, demand, now }: MonitorState): Memory {
  const byAdmin = new Set(wans.flatMap(({ wan, admin }) => (admin === 'down' ? [wan.name] : [])));
  return {
    admin: Object.fromEntries(
      wans.flatMap(({ wan, admin }) => (admin === 'auto' ? [] : [[wan.name, admin] as const])),
    ),
    down: Object.keys(demand.health).filter((name) => demand.health[name] === 'down' && !byAdmin.has(name)),
    held: demand.held,
    past: Object.fromEntries(wans.flatMap((state) => pastsOf(state, now))),
  };
}

function pastsOf(state: WanState, now: number): readonly (readonly [string, Past])[] {
  const { name } = state.wan;
  const parts = FAMILIES.flatMap((family) => {
    const health = state.apart[family];
    return health === undefined ? [] : [[wanPart(name, family), pastIn(health, now)] as const];
  });
  return [[name, pastIn(state, now)] as const, ...parts].filter(([, past]) => Object.keys(past).length > 0);
}

function pastIn(
  { flaps, returnedAt, holdUntil }: Pick<WanState, 'flaps' | 'returnedAt' | 'holdUntil'>,
  now: number,
): Past {
  return {
    ...(isNothing(flaps) ? {} : { flaps }),
    ...(returnedAt === undefined ? {} : { returnedAt }),
    ...(holdUntil <= now ? {} : { holdUntil }),
  };
}

function isNothing({ penalty }: Flaps): boolean {
  return penalty === 0;
}
