import { settleFamilies } from './family-health.ts';
import type { Cause, WanHealth, WanState } from './state.ts';
import { causeIn, verdictOf } from './verdict.ts';
import { isHeldBack, weigh } from './weigh.ts';

/** Draws the conclusions: verdicts, flaps, and from them and the administrator's word the health. */
export function settle(state: WanState, now: number): WanState {
  const settled = settleFamilies(state, now);
  return decideHealth(weigh(settled, verdictOf(settled, now), state.wan.health, now), now);
}

function decideHealth(state: WanState, now: number): WanState {
  if (state.admin === 'up') return become(state, 'up', 'admin', now);
  if (state.admin === 'down') return become(state, 'down', 'admin', now);
  if (state.cause === 'admin') return released(state, now);
  switch (state.health) {
    case 'unknown':
      return fromUnknown(state, now);
    case 'up':
    case 'degraded':
      return fromUsed(state, now);
    case 'down':
      return fromDown(state, now);
  }
}

function fromUnknown(state: WanState, now: number): WanState {
  const { verdict } = state;
  if (verdict.kind === 'mute' || verdict.kind === 'pending') return state;
  if (verdict.kind === 'ill') return become(state, 'down', verdict.cause, now);
  if (!state.used) return fromDown(state, now);
  return become(state, healthOf(verdict.kind), causeIn(verdict), now);
}

function fromUsed(state: WanState, now: number): WanState {
  const { verdict } = state;
  switch (verdict.kind) {
    case 'pending':
      return state;
    case 'mute':
      return become(state, 'unknown', undefined, now);
    case 'ill':
      return become(state, 'down', verdict.cause, now);
    case 'well':
    case 'degraded':
      return become(state, healthOf(verdict.kind), causeIn(verdict), now);
  }
}

/** Once well, it waits for the end of hold and damping. What was down stays so while nothing can be measured. */
function fromDown(state: WanState, now: number): WanState {
  const { kind } = state.verdict;
  if (kind === 'mute') return state;
  if ((kind === 'well' || kind === 'degraded') && isHeldBack(state, now))
    return state.health === 'down' ? state : become(state, 'down', undefined, now);
  return fromUsed(state, now);
}

/** `auto` after a word: what the evidence says; without any, as at the start, unless it was ill when last heard. */
function released({ cause: _, ...state }: WanState, now: number): WanState {
  const { verdict } = state;
  if (verdict.kind === 'mute' || verdict.kind === 'pending')
    return { ...become(state, 'unknown', undefined, now), used: state.wasWell !== false };
  return state.health === 'down' ? fromDown(state, now) : fromUsed(state, now);
}

function healthOf(kind: 'well' | 'degraded'): WanHealth {
  return kind === 'well' ? 'up' : 'degraded';
}

function become(state: WanState, health: WanHealth, cause: Cause | undefined, now: number): WanState {
  if (state.health === health && state.cause === cause) return state;
  const { cause: _, ...known } = state;
  const used = health === 'unknown' ? state.used : health !== 'down';
  return {
    ...(used && !state.used ? taken(known, cause, now) : known),
    health,
    ...(cause === undefined ? {} : { cause }),
    since: state.health === health ? state.since : now,
    used,
  };
}

/** The administrator does not wait for what he takes into use himself. */
function taken({ failed, ...state }: WanState, cause: Cause | undefined, now: number): WanState {
  return failed === undefined || cause === 'admin' ? state : { ...state, returnedAt: now };
}
