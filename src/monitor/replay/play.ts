import type { Family } from '../../net/family.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, MonitorState } from '../decide/decision.ts';
import type { MonitorEvent, ProbeResult } from '../event.ts';
import { learnDelay, type Patience, patienceMs } from '../probe/patience.ts';

/** Something that happens to the WANs, whoever watches them: probes by what becomes of them, not by who called them lost. */
export type ScriptItem =
  | { readonly at: number; readonly kind: 'event'; readonly event: MonitorEvent }
  | {
      readonly at: number;
      readonly kind: 'sent';
      readonly wan: string;
      readonly probe: number;
      readonly fate: Fate;
      /** Where a name is asked. */
      readonly family?: Family;
    };

export type Fate =
  | { readonly kind: 'answered'; readonly afterMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'portal' | 'bad' | 'error'; readonly afterMs: number };

export interface Played {
  readonly at: number;
  readonly event: MonitorEvent;
  readonly before: MonitorState;
  readonly decision: Decision;
}

interface Due {
  readonly at: number;
  readonly event: MonitorEvent;
}

/** Delays seen so far, by `WAN/place`: what patience rests on. */
type Delays = Map<string, Patience>;

/** Plays a script, in the order of its times, to a monitor: probes get the patience it has, ticks come when it wants them. */
export function* play(
  start: MonitorState,
  script: readonly ScriptItem[],
  until: number,
): Generator<Played, MonitorState> {
  let state = start;
  const due: Due[] = [];
  const delays: Delays = new Map();
  for (let next = 0; ; ) {
    const item = script[next];
    const outcome = due[0];
    const at = Math.min(item?.at ?? Infinity, outcome?.at ?? Infinity, state.wakeAt ?? Infinity);
    if (at > until || at === Infinity) return state;
    let event: MonitorEvent = { kind: 'tick' };
    if (outcome?.at === at) {
      due.shift();
      event = outcome.event;
      learnFrom(event, delays);
    } else if (item?.at === at) {
      next += 1;
      if (item.kind === 'sent') {
        for (const each of outcomesOf(item, state, delays)) insert(due, each);
        continue;
      }
      event = item.event;
    }
    const decision = decide(state, event, at);
    yield { at, event, before: state, decision };
    state = decision.state;
  }
}

function learnFrom(event: MonitorEvent, delays: Delays): void {
  if (event.kind !== 'probe' || (event.result.kind !== 'answered' && event.result.kind !== 'late')) return;
  const key = `${event.wan}/${event.probe}`;
  delays.set(key, learnDelay(delays.get(key), event.result.rttMs));
}

/** What will be told of a probe that is sent now. */
function outcomesOf(
  { at, wan: name, probe, fate, family }: Extract<ScriptItem, { readonly kind: 'sent' }>,
  state: MonitorState,
  delays: Delays,
): readonly Due[] {
  const wan = state.wans.find((each) => each.wan.name === name);
  if (wan?.probes[probe] === undefined) return [];
  const tell = (afterMs: number, result: ProbeResult): Due => {
    const event = { kind: 'probe', wan: name, probe, sentAt: at, result } as const;
    return { at: at + Math.round(afterMs), event: family === undefined ? event : { ...event, family } };
  };
  const patience = patienceMs(delays.get(`${name}/${probe}`), wan.wan.health.timeoutMs);
  if (fate.kind === 'silent') return [tell(patience, { kind: 'lost' })];
  if (fate.kind === 'error' || fate.afterMs <= patience) return [tell(fate.afterMs, resultOf(fate))];
  const lost = tell(patience, { kind: 'lost' });
  // What is wrong does not make up for a loss.
  return fate.kind === 'answered'
    ? [lost, tell(fate.afterMs, { kind: 'late', rttMs: fate.afterMs })]
    : [lost];
}

function resultOf(fate: Exclude<Fate, { readonly kind: 'silent' }>): ProbeResult {
  return fate.kind === 'answered' ? { kind: 'answered', rttMs: fate.afterMs } : { kind: fate.kind };
}

function insert(due: Due[], each: Due): void {
  let at = due.length;
  while (at > 0 && (due[at - 1]?.at ?? 0) > each.at) at -= 1;
  due.splice(at, 0, each);
}
