// 64 WANs of three targets: whether the daemon keeps up with 960 requests a second.
import { setTimeout as pause } from 'node:timers/promises';
import { printTable } from '../measure.mjs';
import { load, ROOT } from './load.mjs';
import { memoryOf, processorMs, spent } from './usage.mjs';

const SECONDS = Number(process.env.POLYWAN_BENCH_SECONDS ?? 120);

export async function many() {
  const { makeFarm, countRequests, recordingIn, tallyOf } = await load(
    'test/kernel/monitor/farm.ts',
    'test/kernel/monitor/farm-tally.ts',
  );
  const farm = makeFarm({ root: ROOT, wans: 64, targets: 3, intervalMs: 200 });
  try {
    countRequests(farm);
    const daemon = await farm.startDaemon('--record', recordingIn(farm));
    const before = processorMs(daemon.pid);
    await pause(SECONDS * 1000);
    const { daemon: own, children } = spent(before, processorMs(daemon.pid));
    const { resident } = memoryOf(daemon.pid);
    await daemon.stop();
    const { sent, answered, lost, hasty, mostUntold } = tallyOf(farm, recordingIn(farm));
    const percent = (ms) => `${(ms / SECONDS / 10).toFixed(1)} %`;
    printTable(
      `64 WANs × 3 targets at 200 ms for ${SECONDS} s (called lost too soon: the daemon or ping was held up by over 100 ms)`,
      ['', 'requests', 'answers heard', 'lost', 'too soon', 'untold of one probe', 'daemon', 'pings', 'MB'],
      [
        [
          '',
          String(sent),
          String(answered),
          String(lost),
          String(hasty),
          String(mostUntold),
          percent(own),
          percent(children),
          resident,
        ],
      ],
    );
  } finally {
    farm.end();
  }
}
