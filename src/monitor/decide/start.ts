import type { Site, Wan } from '../../config/site.ts';
import { NO_FLAPS } from '../health/damping.ts';
import type { WanHealth, WanState } from '../health/state.ts';
import { newTrack } from '../health/track.ts';
import type { Memory, MonitorState } from './decision.ts';
import { demandOf } from './demand.ts';
import { takeMembers } from './take.ts';
import { nextWake } from './wake.ts';

/** As a site begins that nobody has watched: what is known of nothing. */
export const NO_MEMORY: Memory = { admin: {}, down: [], held: {} };

/**
 * The state before the first event. What was out of use when the daemon ended stays out until it is known to be well:
 * a restart moves nothing.
 */
export function start(site: Site, memory: Memory, now: number): MonitorState {
  const wans = site.wans.map((wan) => startWan(wan, memory, now));
  const before = Object.fromEntries(
    site.policies.map(({ name, members }) => [
      name,
      members.flatMap(({ wan }) => (memory.held[name]?.includes(wan) === true ? [] : [wan])),
    ]),
  );
  const taken = takeMembers(site, wans, before, now);
  const state = { site, now, wans, taken, demand: demandOf(site, wans, taken) };
  const wakeAt = nextWake(state);
  return wakeAt === undefined ? state : { ...state, wakeAt };
}

export function startWan(wan: Wan, memory: Memory, now: number): WanState {
  const admin = memory.admin[wan.name] ?? 'auto';
  const wasDown = memory.down.includes(wan.name);
  const isHeld = Object.values(memory.held).some((held) => held.includes(wan.name));
  const health: WanHealth = admin !== 'auto' ? admin : wasDown ? 'unknown' : wan.health.initial;
  return {
    wan,
    health,
    ...(admin === 'auto' ? {} : { cause: 'admin' as const }),
    since: now,
    used: admin === 'up' || (admin === 'auto' && !wasDown && wan.health.initial !== 'down'),
    admin,
    families: {},
    probes: wan.probes.map(() => newTrack(now)),
    verdict: { kind: 'pending' },
    ...(wasDown ? { wasWell: false, failed: true as const } : {}),
    holdUntil: 0,
    flaps: NO_FLAPS,
    ...(isHeld ? { returnedAt: now } : {}),
  };
}

/** What is to be known after a restart. */
export function remember({ wans, demand }: MonitorState): Memory {
  return {
    admin: Object.fromEntries(
      wans.flatMap(({ wan, admin }) => (admin === 'auto' ? [] : [[wan.name, admin] as const])),
    ),
    down: wans.flatMap(({ wan, admin }) =>
      demand.health[wan.name] === 'up' || admin === 'down' ? [] : [wan.name],
    ),
    held: demand.held,
  };
}
