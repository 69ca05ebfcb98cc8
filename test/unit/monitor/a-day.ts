import type { Site } from '../../../src/config/site.ts';
import type { Host } from '../../../src/host/host.ts';
import { NO_MEMORY, start } from '../../../src/monitor/decide/start.ts';
import type { MonitorEvent } from '../../../src/monitor/event.ts';
import { startCore } from '../../../src/monitor/loop/core.ts';
import { NOWHERE, readEntry, writeEntry } from '../../../src/monitor/record/codec.ts';
import { recordStart } from '../../../src/monitor/record/record-start.ts';

/** Two WANs of two targets at the default interval, as most sites are. */
export const DAY_SITE = `wan fiber { probes: [{ ping: 203.0.113.1 }, { ping: 198.51.100.1 }] }
wan cable { probes: [{ ping: 203.0.113.1 }, { ping: 198.51.100.1 }] }
policy balanced { members: [{ wan: fiber, weight: 3 }, { wan: cable }] }

0s fiber link up
`;

const HOUR_MS = 3_600_000;

/**
 * Hours of a daemon's life as fast as they go: every probe of every WAN at its interval, through the text of a recording and
 * back, with losses, outages and cables pulled. `each` is called at every full hour; gives how many events there were.
 */
export function liveThrough(site: Site, hours: number, each: (hour: number) => void): number {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly work: () => void }>();
  const after: Host['after'] = (ms, work) => {
    const timer = { at: now + ms, work };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const host = { monotonicMs: () => now, after } as unknown as Host;
  const first = start(site, NO_MEMORY, 0);
  const core = startCore(host, first, () => {});
  core.begin();
  let place = writeEntry(recordStart(first, 0), NOWHERE).place;
  let events = 0;
  const tell = (event: Exclude<MonitorEvent, { kind: 'tick' | 'site' }>): void => {
    const { text } = writeEntry({ kind: 'event', at: now, event }, place);
    const read = readEntry(text.trimEnd(), place);
    if (read?.entry.kind !== 'event') throw new Error(`not read back: ${text}`);
    place = read.place;
    core.tell(read.entry.event);
    events += 1;
  };
  const interval = site.wans[0]?.health.intervalMs ?? 500;
  for (let round = 1; now < hours * HOUR_MS; round += 1) {
    now = round * interval;
    for (const timer of timers)
      if (timer.at <= now) {
        timers.delete(timer);
        timer.work();
      }
    for (const [place, wan] of site.wans.entries()) {
      // Another one is out for two minutes of each hour, and has its cable pulled at the end of them.
      const second = Math.floor((now % HOUR_MS) / 1000) - 600 * (place + 1);
      const out = second >= 0 && second < 120;
      if (second === 119 && now % 1000 === 0) tell({ kind: 'link', wan: wan.name, state: 'no-carrier' });
      if (second === 125 && now % 1000 === 0) tell({ kind: 'link', wan: wan.name, state: 'up' });
      for (const probe of wan.probes.keys()) {
        const lost = out || (round + 7 * probe + 13 * place) % 211 === 0;
        const result = lost
          ? ({ kind: 'lost' } as const)
          : ({ kind: 'answered', rttMs: 10 + ((round * 7) % 50) / 10 } as const);
        tell({ kind: 'probe', wan: wan.name, probe, sentAt: now - 100, result });
      }
    }
    if (now % HOUR_MS === 0) each(now / HOUR_MS);
  }
  core.stop();
  return events;
}
