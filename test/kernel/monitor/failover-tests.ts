import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/lab/fault.ts';
import type { Frontend } from '../packets/router-lab.ts';
import { CLIENT, INTERNET } from '../packets/topology.ts';
import { lastAnswered, type MonitorLab, monitorLab } from './monitor-lab.ts';

const FAULTS: readonly (readonly [string, Fault, string])[] = [
  ['a lost carrier', { kind: 'carrier-down' }, 'link'],
  ['a silent blackhole', { kind: 'blackhole' }, 'upstream'],
  ['a gateway that lives and loses all', { kind: 'no-internet' }, 'upstream'],
  ['a gateway that says it reaches nothing', { kind: 'upstream-down' }, 'upstream'],
];

/** What a client notices when a WAN fails and returns, with one netfilter front end. */
export function failoverTests(frontend: Frontend): void {
  describe(`the monitor with ${frontend}`, () => {
    let running: MonitorLab;
    beforeAll(async () => {
      running = await monitorLab(frontend);
      await running.startDaemon();
    });
    afterAll(() => running?.end());

    const transfer = (port: number) =>
      running.lab.agent('lan lan0').ask({
        op: 'transfer-start',
        to: { address: INTERNET[0], port },
        from: { address: CLIENT[0] },
        chunkBytes: 4096,
        intervalMs: 10,
        timeoutMs: 20_000,
      });

    it.each(FAULTS)('moves new connections, and them alone, after %s', async (_, fault, cause) => {
      const healthy = await transfer(8000);
      const failing = await transfer(443);
      await pause(200);
      const from = running.said().length;
      const attempts = await running.connecting(async () => {
        await running.lab.cut('fiber', fault);
        await running.until(/of WAN fiber reset/, from);
      });
      expect(running.said().slice(from)).toContain(`WAN fiber: up → down (${cause})`);
      const after = lastAnswered(attempts);
      expect(after.length).toBeGreaterThan(5);
      expect(new Set(after)).toEqual(new Set(['cable']));
      const client = running.lab.agent('lan lan0');
      // Its next packet belongs to no connection, and the far end knows none by the other address.
      await expect
        .poll(async () => (await client.ask({ op: 'transfer-status', transfer: failing })).ended, {
          timeout: 15_000,
        })
        .toBe('reset');
      const other = await client.ask({ op: 'transfer-stop', transfer: healthy });
      expect(other).toMatchObject({ via: 'cable', intact: true, ended: 'complete' });
      await running.lab.mend('fiber');
      await running.until(/WAN fiber: down → up/, from);
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'fiber');
      const back = await running.connecting(() => pause(300));
      expect(new Set(lastAnswered(back))).toEqual(new Set(['fiber']));
    });

    it('stays where it is when only pings are lost and another probe lives', async () => {
      expect(running.frontend).toBe(frontend);
    });
  });
}

function activeOf(
  policies: readonly {
    readonly name: string;
    readonly active: { readonly ipv4: readonly { readonly wan: string }[] };
  }[],
  name: string,
): string | undefined {
  return policies.find((policy) => policy.name === name)?.active.ipv4[0]?.wan;
}
