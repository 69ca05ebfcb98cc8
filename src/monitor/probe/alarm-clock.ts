import type { Host } from '../../host/host.ts';

/** Rings for many at once: the process is woken as seldom as can be. */
export interface AlarmClock {
  /** `ring` is called once for each time that was set. */
  alarm(ring: () => void): Alarm;
}

export interface Alarm {
  /** Monotonic milliseconds. From the earlier of the two on it rings along with others. */
  set(from: number, at: number): void;
  /** For good. */
  stop(): void;
}

/** A timer that is later than this was held up, by this process or the whole machine: what children say may be to come. */
const HELD_UP_MS = 10;

interface Entry {
  from: number;
  at: number;
  readonly ring: () => void;
}

/** To be woken costs more than what is then to be done: whoever needs not be woken before long is served with the first. */
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
    // Once round, and it has been said.
    armedFor = -Infinity;
    cancel = host.after(1, ring);
  };
  const ring = (): void => {
    const now = host.monotonicMs();
    armedFor = -Infinity;
    // As if each had rung as soon as it could.
    const due = [...entries].filter(({ from }) => from <= now).sort((a, b) => a.from - b.from);
    for (const entry of due) {
      if (!entries.has(entry)) continue;
      entry.from = Infinity;
      entry.at = Infinity;
      entry.ring();
    }
    armedFor = Infinity;
    const first = Math.min(...[...entries].map(({ at }) => at));
    if (first < Infinity) arm(first);
  };
  return {
    alarm: (ring) => {
      const entry: Entry = { from: Infinity, at: Infinity, ring };
      entries.add(entry);
      return {
        set: (from, at) => {
          entry.from = from;
          entry.at = at;
          arm(at);
        },
        stop: () => {
          entries.delete(entry);
        },
      };
    },
  };
}
