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
  let armedFor = Infinity;
  let cancel = (): void => {};
  const arm = (at: number): void => {
    if (at >= armedFor) return;
    cancel();
    armedFor = at;
    cancel = host.after(Math.max(1, at - host.monotonicMs()), fire);
  };
  const fire = (): void => {
    armedFor = Infinity;
    const now = host.monotonicMs();
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
