import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frontend } from '../packets/router-lab.ts';
import { activeOf, latest, type MonitorLab, monitorLab, PATIENT } from './monitor-lab.ts';
import { monitorSite, SLOW_TO_FALL } from './site.ts';

const PUT_TO_SLEEP: readonly [string, string, RegExp] = [
  'a table that is put to sleep',
  "nft 'add table inet polywan { flags dormant; }'",
  /nft table inet polywan.*was dormant/,
];

/** What the monitor follows and puts back, and how it comes and goes, with one netfilter front end. */
export function keepingTests(frontend: Frontend): void {
  describe(`what the monitor keeps with ${frontend}`, () => {
    let running: MonitorLab;
    beforeAll(async () => {
      running = await monitorLab(frontend);
      await running.startDaemon();
    });
    afterAll(() => running?.end());

    const exits = async (): Promise<ReadonlySet<string | undefined>> =>
      new Set(latest(await running.connecting(() => pause(200))));
    const command = (name: string) => {
      const [program, ...words] = running.command(name);
      return running.lab.exec('router', program, words, { env: running.env });
    };
    const noDrift = () =>
      expect
        .poll(() => command('status'), PATIENT)
        .toMatchObject({ code: 0, stdout: expect.stringContaining('no drift') });

    const netfilter = frontend === 'nftables' ? 'nft flush ruleset' : `${frontend} -t mangle -F`;
    it.each<readonly [string, string, RegExp]>([
      ['a ruleset that is flushed', netfilter, /put back what was taken away/],
      ...(frontend === 'nftables' ? [PUT_TO_SLEEP] : []),
      ['a policy rule', 'ip rule del pref 10000', /10000: lookup main/],
      ['IPv6 policy rules', 'ip -6 rule flush protocol 87', /10000: lookup main/],
      // Repairs come in a row here, so that a failover may be sooner than the next one.
      ['the routes of a WAN', 'ip route flush table 8701', /table 8701|moved in .*1 route/],
      ['a sysctl', 'sysctl -qw net.ipv4.ip_forward=0', /ip_forward/],
    ])('puts back %s', async (_, line, told) => {
      const from = running.said().length;
      await running.sh(line);
      await running.until(told, from);
      await noDrift();
      // Without its routes the WAN may have been down for a moment.
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'fiber');
      expect(await exits()).toEqual(new Set(['fiber']));
    });

    it('follows a gateway that changes', async () => {
      await running.lab.exec('isp fiber', 'ip', ['address', 'add', '198.51.100.3/26', 'dev', 'customer']);
      await running.sh('ip route replace default via 198.51.100.3 dev wan0 proto dhcp metric 100');
      await expect
        .poll(() => running.sh('ip route show table all | grep "default via 198.51.100.3"'), PATIENT)
        .toMatch(/table \w+ proto/);
      expect(await exits()).toEqual(new Set(['fiber']));
    });

    it('leaves out the IPv6 of a WAN while it is switched off, and takes it back by itself', async () => {
      const from = running.said().length;
      const routes = () => running.sh('ip -6 route show table 8703');
      expect(await routes()).toContain('default dev ppp0');
      const shown = await running.sh('ip -6 -o address show dev ppp0 scope global');
      const address = / inet6 (.+?) scope/.exec(shown)?.[1];
      const switched = (to: 0 | 1) => running.sh(`sysctl -qw net.ipv6.conf.ppp0.disable_ipv6=${to}`);
      await switched(1);
      await running.until(/WAN lte: up → degraded/, from);
      await noDrift();
      expect(await routes()).toBe('');
      await switched(0);
      await expect.poll(routes, PATIENT).toContain('default dev ppp0');
      // The kernel does not give back the address that was written on it.
      await running.sh(`ip address add ${address} dev ppp0 nodad`);
      await running.until(/WAN lte: degraded → up/, from);
      await noDrift();
      expect(running.said().slice(from)).not.toMatch(/IPv6 is disabled/);
    });

    it('follows an address that changes, and its connections leave by the new one', async () => {
      const from = running.said().length;
      await running.sh(
        'ip address del 198.51.100.2/26 dev wan0; ip address add 198.51.100.9/26 dev wan0; ip route replace default via 198.51.100.1 dev wan0 proto dhcp metric 100',
      );
      await expect.poll(() => running.sh('ip rule'), PATIENT).toContain('from 198.51.100.9 lookup');
      await running.statusWhen(
        ({ wans, policies }) =>
          wans.every(({ health }) => health === 'up') && activeOf(policies, 'all') === 'fiber',
      );
      const attempts = await running.connecting(() => pause(200));
      expect(new Set(latest(attempts))).toEqual(new Set(['fiber']));
      expect(attempts.at(-1)?.peer).toContain('198.51.100.9');
      expect(await running.sh('ip rule')).not.toContain('from 198.51.100.2 ');
      expect(running.said().slice(from)).not.toContain('this is a bug');
    });

    it('heeds an administrator, also when it is started again', async () => {
      await running.polywan('wan', 'down', 'fiber');
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'cable');
      await running.stopDaemon('SIGKILL');
      await running.startDaemon(({ name, health }) => name === 'fiber' || health === 'up');
      expect(await exits()).toEqual(new Set(['cable']));
      await running.polywan('wan', 'auto', 'fiber');
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'fiber');
    });

    it('leaves forwarding alone when it dies, and touches nothing when it comes back', async () => {
      const client = running.lab.agent('lan lan0');
      const transfer = await running.transferBy('fiber', 'ipv4');
      const attempts = await running.connecting(async () => {
        await running.stopDaemon('SIGKILL');
        await pause(500);
        const from = running.said().length;
        await running.startDaemon();
        await running.until(/watching; the machine is as the site wants it/, from);
      });
      expect(new Set(attempts.map(({ outcome, via }) => `${outcome} ${via}`))).toEqual(
        new Set(['answered fiber']),
      );
      const end = await client.ask({ op: 'transfer-stop', transfer });
      expect(end).toMatchObject({ ended: 'complete', intact: true, via: 'fiber' });
    });

    it('is alone: another one is refused, and changes nothing', async () => {
      const ruleset = await running.sh('ip rule; nft list ruleset | sed "s/packets.*//"');
      const { code, stderr } = await command('monitor');
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: `polywan: a monitor runs already (pid ${running.pid()}); polywan status shows what it does\n`,
      });
      expect(await running.sh('ip rule; nft list ruleset | sed "s/packets.*//"')).toBe(ruleset);
      expect((await running.status()).pid).toBe(running.pid());
    });

    it('is asked for its status, where a line from point to point needs no gateway', async () => {
      await noDrift();
      const { stdout } = await command('status');
      expect(stdout).toMatch(/^lte +ipv4 +none needed$/m);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    });

    it('keeps the state before when the site it is told to read is bad, and says where', async () => {
      const from = running.said().length;
      running.write({ 'fiber.yaml': 'name: fiber\ninterfaces: wan0\n' });
      await running.reload();
      expect(running.said().slice(from)).toMatch(/fiber\.yaml:2:1: .*interfaces/);
      expect(await exits()).toEqual(new Set(['fiber']));
      running.write(monitorSite(frontend));
      await running.reload();
    });

    it('runs hooks with what happened, and is not held up by one that hangs', async () => {
      const file = join(running.lab.directory, 'hook');
      const hook = `hooks: { down: "sleep 2; cat > ${file}; echo $POLYWAN_WAN $POLYWAN_TO $POLYWAN_CAUSE up=$POLYWAN_UP >> ${file}" }\n`;
      const slow = monitorSite(frontend, { health: SLOW_TO_FALL });
      running.write({ ...slow, 'fiber.yaml': `${slow['fiber.yaml']}${hook}` });
      await running.reload();
      await running.statusWhen(({ wans }) => wans.every(({ health }) => health === 'up'));
      const from = running.said().length;
      await running.lab.cut('fiber', { kind: 'carrier-down' });
      await running.until(/WAN fiber: up → down \(link\)/, from);
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'cable');
      await running.lab.mend('fiber');
      await expect.poll(() => textOf(file), PATIENT).toMatch(/^fiber down link up=cable lte$/m);
      expect(JSON.parse(textOf(file).split('\n')[0] ?? '')).toMatchObject({ wans: expect.any(Array) });
      running.write(monitorSite(frontend));
      await running.reload();
      await running.statusWhen(({ policies }) => activeOf(policies, 'all') === 'fiber');
    });

    it('keeps what a rollback leads back to, until the site is written again or asked for', async () => {
      const site = monitorSite(frontend);
      const own = () => running.sh('ip rule | grep fwmark');
      await running.statusWhen(({ wans }) => wans.every(({ health }) => health === 'up'));
      await noDrift();
      const before = await own();
      const rejected = { ...site, 'polywan.yaml': `${site['polywan.yaml']}priority: 20000\n` };
      running.write(rejected);
      const taken = running.said().length;
      await running.polywan('apply', '--confirm', '60s');
      await running.until(/site reloaded/, taken);
      expect(await own()).toContain('21001:');
      const from = running.said().length;
      await running.polywan('rollback');
      await running.until(/the site was rolled back: .* is not taken up/, from);
      // It looks every second.
      await pause(2500);
      expect(await own()).toBe(before);
      expect(await exits()).toEqual(new Set(['fiber']));
      await running.stopDaemon();
      const { code, stderr } = await command('monitor');
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: expect.stringContaining('the site was rolled back: '),
      });
      running.write(site);
      await running.startDaemon();
      expect(await own()).toBe(before);
    });

    it('is not ended by a folder in the place of a profile', async () => {
      const site = monitorSite(frontend);
      const from = running.said().length;
      running.write({ ...site, 'polywan.yaml': (site['polywan.yaml'] ?? '').replace('lte.yaml', 'old') });
      const file = running.command('status').find((word) => word.endsWith('/polywan.yaml')) ?? '';
      mkdirSync(join(dirname(file), 'old'));
      await running.reload();
      expect(running.said().slice(from)).toMatch(
        /the site was not reloaded, .*\n.*polywan\.yaml:4:\d+: .*directory/,
      );
      running.write(site);
      await running.reload();
      expect(await exits()).toEqual(new Set(['fiber']));
    });

    it('ends when polywan is removed, and leaves nothing', async () => {
      const from = running.said().length;
      await running.polywan('remove');
      await running.until(/stopped: polywan was removed/, from);
      expect(await running.sh('ip rule; nft list ruleset; iptables-save')).not.toContain('polywan');
    });
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
