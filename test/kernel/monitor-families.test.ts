import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latest, type MonitorLab, monitorLab, PATIENT } from './monitor/monitor-lab.ts';
import { monitorSite } from './monitor/site.ts';
import type { Frontend } from './packets/router-lab.ts';

const TARGET6 = '2001:db8:f::101';

/** The internet, as fiber's customers see it once IPv6 is lost on the way: nothing comes, and nobody says so. */
const SILENT_IPV6 = `table inet lost {
chain incoming {
type filter hook prerouting priority raw;
ip6 saddr 2001:db8:a::/64 drop
}
}
`;

/** IPv6 of a WAN dies silently while IPv4 answers, and comes back. */
describe.each(['nftables', 'iptables-nft'] as const satisfies readonly Frontend[])(
  'the families of a WAN with %s',
  (frontend) => {
    let running: MonitorLab;
    beforeAll(async () => {
      running = await monitorLab(frontend);
      running.write(monitorSite(frontend, { probes: `, { ping: "${TARGET6}" }` }));
      await running.lab.exec('internet', 'ip', ['address', 'add', `${TARGET6}/128`, 'dev', 'lo', 'nodad']);
      await running.startDaemon();
    });
    afterAll(() => running?.end());

    it('fail and return apart: IPv6 moves and is reset, IPv4 stays as it is', async () => {
      const { lab } = running;
      const client = lab.agent('lan lan0');
      const four = await running.transferBy('fiber', 'ipv4');
      const six = await running.transferBy('fiber', 'ipv6');
      const from = running.said().length;
      const attempts = await running.connecting(async () => {
        await lab.exec('internet', 'nft', ['-f', '-'], { input: SILENT_IPV6 });
        const said = await running.until(/of WAN fiber reset/, from);
        expect(said).toMatch(/WAN fiber: up → degraded \(upstream\)/);
        expect(said).toMatch(/WAN fiber: IPv6 is down \(upstream\)/);
        expect(said).not.toContain('→ down');
      });
      // Every new IPv4 connection still went by fiber.
      expect(new Set(attempts.map(({ outcome, via }) => `${outcome} ${via}`))).toEqual(
        new Set(['answered fiber']),
      );
      const { wans, policies } = await running.status();
      expect(wans[0]).toMatchObject({
        used: true,
        familyHealth: { ipv4: { health: 'up' }, ipv6: { health: 'down' } },
      });
      const { active } = policies.find(({ name }) => name === 'all') ?? {};
      expect([active?.ipv4[0]?.wan, active?.ipv6[0]?.wan]).toEqual(['fiber', 'cable']);
      await expect
        .poll(async () => (await client.ask({ op: 'transfer-status', transfer: six })).ended, PATIENT)
        .toBe('reset');
      const moved = await running.transferBy('cable', 'ipv6');
      expect(await client.ask({ op: 'transfer-stop', transfer: moved })).toMatchObject({
        via: 'cable',
        intact: true,
      });
      expect(await client.ask({ op: 'transfer-stop', transfer: four })).toMatchObject({
        via: 'fiber',
        intact: true,
        ended: 'complete',
      });
      await lab.exec('internet', 'nft', ['delete', 'table', 'inet', 'lost']);
      await running.until(/WAN fiber: IPv6 is back/, from);
      const back = await running.statusWhen(({ policies: now }) =>
        now.every(({ name, active: { ipv6 } }) => name !== 'all' || ipv6[0]?.wan === 'fiber'),
      );
      expect(back.wans[0]?.health).toBe('up');
      expect(latest(await running.connecting(() => pause(100)))).toContain('fiber');
    });
  },
);
