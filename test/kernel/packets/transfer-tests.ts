import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TransferReport } from '../../../src/host/agent/protocol.ts';
import type { Running } from './packet-suite.ts';
import { CLIENT, INTERNET } from './topology.ts';

const BYTES = 6_000_000;

export function transferTests(running: Running): void {
  describe.each([
    ['ipv4', CLIENT[0], INTERNET[0]],
    ['ipv6', CLIENT[1], INTERNET[1]],
  ])('connections over %s', (_, source, destination) => {
    it('keep their WAN through transfers of several megabytes', async () => {
      const { lab } = running();
      const client = lab.agent('lan lan0');
      const before = await lab.counters();
      const to = { address: destination, port: 443 };
      const start = () =>
        client.ask({
          op: 'transfer-start',
          to,
          from: { address: source },
          bytes: BYTES,
          chunkBytes: 60_000,
          intervalMs: 0,
          timeoutMs: 60_000,
        });
      // Four in a row meet both WANs of 3 to 1.
      const ends: TransferReport[] = [];
      for (let count = 0; count < 4; count++) {
        const transfer = await start();
        let report = await client.ask({ op: 'transfer-status', transfer });
        for (; report.ended === undefined; report = await client.ask({ op: 'transfer-status', transfer }))
          await pause(20);
        ends.push(report);
      }
      for (const end of ends)
        expect(end).toMatchObject({ ended: 'complete', intact: true, receivedBytes: BYTES });
      expect(ends.map((end) => end.via).sort()).toEqual(['cable', 'fiber', 'fiber', 'fiber']);
      const after = await lab.counters();
      expect(after.fiber?.strayed).toBe(before.fiber?.strayed);
      expect(after.cable?.strayed).toBe(before.cable?.strayed);
    });

    it('of 30 datagrams that nobody answers all leave by one WAN', async () => {
      const { lab } = running();
      for (const tag of ['first', 'second', 'third', 'fourth']) {
        const name = `${tag} ${destination}`;
        await lab.agent('lan lan0').ask({
          op: 'datagrams',
          to: { address: destination, port: 5004 },
          from: { address: source },
          count: 30,
          intervalMs: 2,
          waitMs: 200,
          silent: true,
          tag: name,
        });
        const seen = () => lab.agent('internet').ask({ op: 'received', tag: name });
        const counts = async () => (await seen()).map(({ datagrams }) => datagrams);
        await expect.poll(counts, { timeout: 20_000 }).toEqual([30]);
      }
    });
  });
}
