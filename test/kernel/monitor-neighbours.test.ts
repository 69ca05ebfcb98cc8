import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MonitorLab, monitorLab, PATIENT } from './monitor/monitor-lab.ts';
import { childPids, steady } from './monitor/resources.ts';
import { monitorSite } from './monitor/site.ts';

/** Nothing but the gateway is asked; of cable that is one of IPv6, where nobody else has made the kernel know it. */
const HEALTH =
  'probes: [{ arp: true }]\nhealth: { interval: 1s, timeout: 500ms, fall: 2, rise: 2, damping: off }\n';

describe('a WAN of which nothing but its gateway is asked', () => {
  let running: MonitorLab;
  beforeAll(async () => {
    running = await monitorLab('nftables');
    const site = monitorSite('nftables');
    running.write({
      ...site,
      'fiber.yaml': `name: fiber\ninterface: wan0\nfamilies: ipv4\nmasquerade: yes\n${HEALTH}`,
      'cable.yaml': `name: cable\ninterface: wan1\nfamilies: ipv6\nmasquerade: yes\n${HEALTH}`,
    });
    await running.sh('ip -6 neigh flush dev wan1; ip -4 neigh flush dev wan0');
    await running.startDaemon();
  });
  afterAll(() => running?.end());

  it.each([['fiber'], ['cable']])(
    'is down while the gateway of %s is silent, and back when it answers',
    async (wan) => {
      const from = running.said().length;
      const children = await steady(() => childPids(running.pid() ?? 0, 'ip'));
      await running.lab.cut(wan, { kind: 'blackhole' });
      await running.until(new RegExp(`WAN ${wan}: up → down \\(gateway\\)`), from);
      await running.lab.mend(wan);
      await running.until(new RegExp(`WAN ${wan}: down → up \\(gateway\\)`), from);
      // Those that ask and listen are the same all the time; others go when their work is done.
      await expect.poll(() => childPids(running.pid() ?? 0, 'ip'), PATIENT).toEqual(children);
    },
  );

  it('is asked by no process any more once it has other probes', async () => {
    const from = running.said().length;
    const asking = await steady(() => childPids(running.pid() ?? 0, 'ip'));
    running.write(monitorSite('nftables'));
    running.signal('SIGHUP');
    await running.until(/^site reloaded/m, from);
    const count = () => childPids(running.pid() ?? 0, 'ip').length;
    await expect.poll(count, PATIENT).toBe(asking.length - 2);
    running.write(monitorSite('nftables', { arp: true }));
    running.signal('SIGHUP');
    await expect.poll(count, PATIENT).toBe(asking.length);
  });
});
