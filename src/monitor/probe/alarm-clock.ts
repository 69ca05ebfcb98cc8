import type { Host } from '../../host/host.ts';

/** Rings for many that mostly put it off in time: one timer for all, which is moved as seldom as can be. */
export interface AlarmClock {
  /** `ring` is called once the time that was set last has come. */
  alarm(ring: () => void): Alarm;
}

export interface Alarm {
  /** Monotonic milliseconds; undefined: not at all. */
  set(at: number | undefined): void;
  /** For good. */
  stop(): void;
}

/** A timer that is later than this was held up by the process itself: answers may lie unread. */
const HELD_UP_MS = 10;

interface Entry {
  at: number | undefined;
  readonly ring: () => void;
}

/**
 * Every answer puts the loss of the next probe off. A timer of its own for each would wake the process as often as the
 * answers do; this one finds, when it rings, that almost all have been put off, and is set to the first that was not.
 */
export function alarmClock(host: Host): AlarmClock {
  const entries = new Set<Entry>();
  /** What the timer waits for; it is not moved to anything later. */
  let armedFor = Infinity;
  let cancel = (): void => {};
  const arm = (at: number): void => {
    if (at >= armedFor) return;
    cancel();
    armedFor = at;
    const due = Math.max(host.monotonicMs() + 1, at);
    cancel = host.after(due - host.monotonicMs(), () => fire(due));
  };
  const fire = (due: number): void => {
    if (host.monotonicMs() - due <= HELD_UP_MS) {
      ring();
      return;
    }
    // Timers come before what children said. Once round, and it has been heard.
    armedFor = -Infinity;
    cancel = host.after(1, ring);
  };
  const ring = (): void => {
    const now = host.monotonicMs();
    armedFor = Infinity;
    for (const entry of entries) {
      if (entry.at === undefined || entry.at > now) continue;
      entry.at = undefined;
      entry.ring();
    }
    let first = Infinity;
    for (const { at } of entries) if (at !== undefined && at < first) first = at;
    if (first < Infinity) arm(first);
  };
  return {
    alarm: (ring) => {
      const entry: Entry = { at: undefined, ring };
      entries.add(entry);
      return {
        set: (at) => {
          entry.at = at;
          if (at !== undefined) arm(at);
        },
        stop: () => {
          entry.at = undefined;
          entries.delete(entry);
        },
      };
    },
  };
}
