import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeFarm } from './monitor/farm.ts';
import { countRequests, recordingIn, tallyOf } from './monitor/farm-tally.ts';

/** As long as nothing is learnt from going on; `node bench/monitor.mjs many` takes two minutes. */
const SECONDS = 15;

describe('the monitor with 64 WANs of 3 targets, every 200 ms', () => {
  it('hears the answer of every request, and tells of none twice', async () => {
    const farm = makeFarm({
      root: join(import.meta.dirname, '../..'),
      wans: 64,
      targets: 3,
      intervalMs: 200,
    });
    try {
      countRequests(farm);
      const daemon = await farm.startDaemon('--record', recordingIn(farm));
      await pause(SECONDS * 1000);
      await daemon.stop();
      const tally = tallyOf(farm, recordingIn(farm));
      expect(tally.probes).toBe(192);
      // The first answers may come before the recording, and the last request has its answer yet to come.
      expect(tally.mostUntold).toBeLessThanOrEqual(3);
      expect(tally.answered).toBeGreaterThan(tally.sent * 0.95);
      expect(tally.answered).toBeLessThanOrEqual(tally.sent);
      expect(tally.lost).toBeLessThan(tally.sent * 0.01);
      expect(daemon.said()).not.toMatch(/→ down/);
    } finally {
      farm.end();
    }
  });
});
