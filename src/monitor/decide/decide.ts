import type { MonitorEvent } from '../event.ts';
import { settledCarrier } from '../health/families.ts';
import { learn } from '../health/learn.ts';
import { settle } from '../health/settle.ts';
import type { Transition, WanState } from '../health/state.ts';
import { isSteady } from '../health/steady.ts';
import type { Decision, MonitorState } from './decision.ts';
import { demandOf } from './demand.ts';
import { leastBad } from './least-bad.ts';
import { resetsBetween } from './resets.ts';
import { changeSite } from './site-change.ts';
import { takeMembers } from './take.ts';
import { familyTurns } from './turns.ts';
import { nextWake } from './wake.ts';

/**
 * One step of the monitor: what is known after an event, and what is to be done about it. Pure; `nowMs` is monotonic, and
 * a time before the last one counts as the last one.
 */
export function decide(before: MonitorState, event: MonitorEvent, nowMs: number): Decision {
  const now = Math.max(before.now, nowMs);
  const isDue = before.wakeAt !== undefined && now >= before.wakeAt;
  const wans = nextWans(before, event, now, isDue);
  if (!isDue && event.kind !== 'site' && wans.every((state, at) => isQuiet(before.wans[at], state)))
    return answer(before, { ...before, now, wans }, event);
  const site = event.kind === 'site' ? event.site : before.site;
  const taken = takeMembers(site, wans, before.taken, now);
  const demand = demandOf(site, wans, taken, now);
  const { wakeAt: _, ...rest } = before;
  const next = { ...rest, site, now, wans, taken, demand };
  const wakeAt = nextWake(next);
  return answer(before, wakeAt === undefined ? next : { ...next, wakeAt }, event);
}

function nextWans(
  before: MonitorState,
  event: MonitorEvent,
  now: number,
  isDue: boolean,
): readonly WanState[] {
  const wans = event.kind === 'site' ? changeSite(before.wans, event.site, now) : before.wans;
  return wans.map((state) => {
    const concerned = 'wan' in event ? event.wan === state.wan.name : true;
    if (!concerned) return isDue ? settle(state, now) : state;
    const learned = learn(state, event, now);
    const isSame = !isDue && event.kind === 'probe' && isSteady(state, learned, now);
    return isSame ? learned : settle(learned, now);
  });
}

/** Nothing that policies or waits depend on has changed: most samples. */
function isQuiet(before: WanState | undefined, after: WanState): boolean {
  return (
    before === after ||
    (before !== undefined &&
      before.health === after.health &&
      before.used === after.used &&
      before.admin === after.admin &&
      before.verdict.kind === after.verdict.kind &&
      before.link === after.link &&
      before.families === after.families &&
      before.apart === after.apart &&
      before.returnedAt === after.returnedAt)
  );
}

function answer(before: MonitorState, state: MonitorState, event: MonitorEvent): Decision {
  const changed = before.demand !== state.demand;
  const lowest = leastBad(state.wans, state.now);
  return {
    state,
    transitions: changed ? transitionsBetween(before, state) : [],
    familyTurns: changed ? familyTurns(before, state) : [],
    demand: state.demand,
    recompile: changed && needsCompile(before, state, event),
    resets: changed ? resetsBetween(before, state) : [],
    ...(lowest === undefined ? {} : { leastBad: lowest }),
    ...(state.wakeAt === undefined ? {} : { wakeAt: state.wakeAt }),
  };
}

function transitionsBetween(before: MonitorState, { wans, now }: MonitorState): readonly Transition[] {
  return wans.flatMap((state): Transition[] => {
    const was = before.wans.find(({ wan }) => wan.name === state.wan.name);
    if (was === undefined || was.health === state.health) return [];
    const cause = state.cause ?? (state.health === 'up' ? was.cause : undefined);
    const change = { wan: state.wan.name, from: was.health, to: state.health, at: now };
    return [cause === undefined ? change : { ...change, cause }];
  });
}

function needsCompile(before: MonitorState, state: MonitorState, event: MonitorEvent): boolean {
  if (event.kind === 'site' || event.kind === 'link') return true;
  if (JSON.stringify(before.demand) !== JSON.stringify(state.demand)) return true;
  const facts = (wans: readonly WanState[], now: number) =>
    JSON.stringify(wans.map((wan) => settledFamilies(wan, now)));
  return facts(before.wans, before.now) !== facts(state.wans, state.now);
}

function settledFamilies({ families }: WanState, now: number): unknown {
  return Object.entries(families).map(([family, state]) => [family, settledCarrier(state, now)]);
}
