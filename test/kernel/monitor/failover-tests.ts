import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { Fault } from '../../../src/lab/fault.ts';
import type { Frontend } from '../packets/router-lab.ts';
import { activeOf, latest, type MonitorLab, monitorLab, PATIENT } from './monitor-lab.ts';
import { monitorSite, SLOW_TO_FALL } from './site.ts';

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

    it.each(FAULTS)('moves new connections, and them alone, after %s', async (_, fault, cause) => {
      onTestFailed(() => running.lab.mend('fiber'));
      running.write(monitorSite(frontend, cause === 'link' ? { health: SLOW_TO_FALL } : {}));
      await running.reload();
      await running.statusWhen(({ wans }) => wans.every(({ health }) => health === 'up'));
      const healthy = await running.transferBy('cable', 'ipv4', 8000);
      const failing = await running.transferBy('fiber', 'ipv4');
      const from = running.said().length;
      const attempts = await running.connecting(async () => {
        await running.lab.cut('fiber', fault);
        await running.until(/of WAN fiber reset/, from);
      });
      expect(running.said().slice(from)).toContain(`WAN fiber: up → down (${cause})`);
      expect(new Set(latest(attempts))).toEqual(new Set(['cable']));
      const client = running.lab.agent('lan lan0');
      // Its next packet belongs to no connection, and the far end knows none by the other address.
      await expect
        .poll(async () => (await client.ask({ op: 'transfer-status', transfer: failing })).ended, PATIENT)
        .toBe('reset');
      const other = await client.ask({ op: 'transfer-stop', transfer: healthy });
      expect(other).toMatchObject({ via: 'cable', intact: true, ended: 'complete' });
      await running.lab.mend('fiber');
      await running.until(/WAN fiber: down → up/, from);
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'fiber');
      const back = await running.connecting(() => pause(300));
      expect(new Set(latest(back))).toEqual(new Set(['fiber']));
    });

    it('stays where it is while one of two probes lives, and says that something is ill', async () => {
      running.write(monitorSite(frontend, { probes: ', { tcp: "203.0.113.9:443" }' }));
      await running.reload();
      await running.statusWhen(({ wans }) =>
        wans.every(({ health, probes }) => health === 'up' && probes[1]?.verdict === 'well'),
      );
      const from = running.said().length;
      const { lab } = running;
      const attempts = await running.connecting(async () => {
        await lab.exec('internet', 'nft', ['-f', '-'], { input: SILENT_PINGS });
        await running.until(/WAN fiber: up → degraded/, from);
      });
      expect(new Set(attempts.map(({ outcome, via }) => `${outcome} ${via}`))).toEqual(
        new Set(['answered fiber']),
      );
      await lab.exec('internet', 'nft', ['delete', 'table', 'inet', 'silent']);
      await running.until(/WAN fiber: degraded → up/, from);
      running.write(monitorSite(frontend));
      await running.reload();
    });

    it('moves on a share of losses that never makes a row', async () => {
      const health =
        '{ interval: 50ms, timeout: 500ms, fall: 30, rise: 3, window: 3s, loss: { down: 20%, up: 5% }, damping: off }';
      running.write(monitorSite(frontend, { health }));
      await running.reload();
      await running.statusWhen(({ wans }) => wans.every(({ health: now }) => now === 'up'));
      const from = running.said().length;
      await running.lab.cut('fiber', { kind: 'loss', percent: 30 });
      await running.until(/WAN fiber: up → down \(loss\)/, from);
      await running.lab.mend('fiber');
      await running.until(/WAN fiber: down → up/, from);
      running.write(monitorSite(frontend));
      await running.reload();
    });

    it('keeps to its last resort while all WANs are down, and takes whichever comes back first', async () => {
      const from = running.said().length;
      for (const wan of ['fiber', 'cable', 'lte']) await running.lab.cut(wan, { kind: 'no-internet' });
      const { leastBad } = await running.statusWhen(({ wans }) =>
        wans.every(({ health }) => health === 'down'),
      );
      expect(['fiber', 'cable', 'lte']).toContain(leastBad);
      const nowhere = await running.connecting(() => pause(100));
      expect(nowhere.at(-1)?.outcome).not.toBe('answered');
      await running.lab.mend('cable');
      await running.until(/WAN cable: down → up/, from);
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'cable');
      const attempts = await running.connecting(() => pause(500));
      expect(new Set(latest(attempts))).toEqual(new Set(['cable']));
      for (const wan of ['fiber', 'lte']) await running.lab.mend(wan);
      await running.statusWhen(
        ({ wans, policies }) =>
          wans.every(({ health }) => health === 'up') && activeOf(policies, 'all') === 'fiber',
      );
    });

    it('leaves connections and marks of others alone when it resets', async () => {
      const mark = '0x42';
      await running.sh(
        `conntrack -I -p udp -s 192.0.2.99 -d 203.0.113.77 --sport 4001 --dport 53 -t 300 -m ${mark} >/dev/null 2>&1`,
      );
      // Where there is none to reset, nothing is said.
      const failing = await running.transferBy('fiber', 'ipv4');
      const from = running.said().length;
      await running.lab.cut('fiber', { kind: 'carrier-down' });
      await running.until(/of WAN fiber reset/, from);
      const kept = await running.sh('conntrack -L -p udp -s 192.0.2.99 2>/dev/null');
      expect(kept).toContain('mark=66');
      await running.lab.agent('lan lan0').ask({ op: 'transfer-stop', transfer: failing });
      await running.lab.mend('fiber');
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'fiber');
    });
  });
}

/** The internet, as a provider that drops pings. */
const SILENT_PINGS = `table inet silent {
chain pings {
type filter hook prerouting priority raw;
icmp type echo-request drop
}
}
`;
