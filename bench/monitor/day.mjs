// A day of events through a recording's text and the daemon's decisions, as fast as they go.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { printTable } from '../measure.mjs';
import { load } from './load.mjs';

export async function day() {
  const { DAY_SITE, liveThrough, readTimeline } = await load(
    'test/unit/monitor/a-day.ts',
    'test/unit/monitor/timeline.ts',
  );
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const rows = [];
  const before = process.cpuUsage().user;
  const events = liveThrough(readTimeline(DAY_SITE).site, 24, (hour) => {
    if (hour % 4 !== 0) return;
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    rows.push([`hour ${hour}`, (heapUsed / 1_048_576).toFixed(2), rss / 1_048_576]);
  });
  const each = (process.cpuUsage().user - before) / events;
  printTable(
    `a day of ${events} recorded events at speed, ${each.toFixed(1)} µs each`,
    ['', 'heap MB', 'resident MB, this benchmark'],
    rows,
  );
}
