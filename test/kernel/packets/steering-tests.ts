import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Flow } from '../../../src/lab/flow.ts';
import { sendFlow } from '../../../src/lab/send-flow.ts';
import type { Running } from './packet-suite.ts';
import { siteFiles } from './site.ts';
import { CLIENT, FAR, GUEST, INTERNET, OTHER_CLIENT } from './topology.ts';

const ONCE = { count: 4, timeoutMs: 5000 };

/** What each steering rule's flow is, and the WANs it may leave by. */
const CASES: readonly (readonly [
  string,
  Partial<Flow> & { readonly at?: readonly [string, string] },
  string,
])[] = [
  ['by source', { at: OTHER_CLIENT }, 'cable'],
  ['by one destination port', { destinationPort: 25 }, 'lte'],
  ['by a range of destination ports', { destinationPort: 8050 }, 'lte'],
  ['by source port', { protocol: 'udp', sourcePort: 5060 }, 'cable'],
  ['by both ports', { protocol: 'udp', sourcePort: 5063, destinationPort: 7005 }, 'lte'],
  ['by neither port', { protocol: 'udp', dscp: 10, sourcePort: 5064, destinationPort: 7006 }, 'lte'],
  ['by protocol', { protocol: 'icmp' }, 'lte'],
  ['by interface', { in: 'lan1', at: GUEST }, 'fiber'],
  ['by DSCP', { dscp: 46, sourcePort: 21_001 }, 'lte'],
  ['by MAC address', { mac: '02:00:00:00:00:99', sourcePort: 21_002 }, 'cable'],
];

export function steeringTests(running: Running): void {
  describe.each(['ipv4', 'ipv6'] as const)('steering of %s', (family) => {
    const side = family === 'ipv4' ? 0 : 1;
    const flow = (part: Partial<Flow>): Flow => ({
      family,
      in: 'lan0',
      destination: INTERNET[side],
      protocol: 'tcp',
      ...(part.protocol === 'icmp' ? {} : { destinationPort: 443 }),
      ...part,
    });
    beforeAll(async () => {
      const { write, frontend, polywan, lab } = running();
      write(siteFiles(frontend));
      await polywan('apply');
      await lab.forgetConnections();
    });

    it.each(CASES)('goes %s', async (_, { at, ...part }, wan) => {
      const source = (at ?? CLIENT)[side];
      const seen = await sendFlow(running().lab, flow({ source, ...part }), ONCE);
      expect(seen.failures).toEqual([]);
      expect(Object.keys(seen.exits)).toEqual([wan]);
    });

    it('goes by what is not in a negated prefix', async () => {
      const source = CLIENT[side];
      const far = await sendFlow(running().lab, flow({ source, destination: FAR[side] }), ONCE);
      expect(far).toMatchObject({ failures: [], exits: { cable: 4 } });
      const near = await sendFlow(running().lab, flow({ source }), { count: 16, timeoutMs: 5000 });
      expect(Object.keys(near.exits).sort()).toEqual(['cable', 'fiber']);
    });

    it.each([
      ['the source port', 5062, 7006],
      ['the destination port', 5064, 7004],
    ])('does not go by neither port where %s is one of them', async (_, sourcePort, destinationPort) => {
      const source = CLIENT[side];
      const part = { source, protocol: 'udp', dscp: 10, sourcePort, destinationPort } as const;
      const seen = await sendFlow(running().lab, flow(part), ONCE);
      expect(seen.failures).toEqual([]);
      expect(Object.keys(seen.exits)).not.toContain('lte');
    });

    it("sends the router's own traffic by the policy for it, and a user's by that user's rule", async () => {
      const own = await sendFlow(running().lab, flow({ in: 'router' }), ONCE);
      expect(own).toMatchObject({ failures: [], exits: { cable: 4 } });
      const user = await sendFlow(running().lab, flow({ in: 'router', uid: 1500 }), ONCE);
      expect(user).toMatchObject({ failures: [], exits: { lte: 4 } });
    });

    it.each(['wan0', 'wan1', 'ppp0'])('leaves a socket that is bound to %s there', async (device) => {
      const { lab } = running();
      // Strict, it asks for the way back with the connection's mark, which is of the WAN that the socket refuses.
      const filter = (value: number) =>
        lab.exec('router', 'sysctl', ['-qw', `net.ipv4.conf.${device}.rp_filter=${value}`]);
      await filter(2);
      onTestFinished(async () => {
        await filter(1);
      });
      const host = INTERNET[side];
      const ping = await lab.exec('router', 'ping', ['-c', '2', '-i', '0.2', '-W', '5', '-I', device, host]);
      expect(ping).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0% packet loss') });
      const to = family === 'ipv4' ? `TCP4:${host}` : `TCP6:[${host}]`;
      const line = `${to}:443,so-bindtodevice=${device},connect-timeout=5`;
      const connect = await lab.exec('router', 'socat', ['-u', 'OPEN:/dev/null', line]);
      expect(connect).toMatchObject({ code: 0, stderr: '' });
    });

    it('takes the last resort when no WAN of the policy is up', async () => {
      const { lab, polywan } = running();
      await polywan('apply', '--down', 'lte');
      const to = (destinationPort: number, timeoutMs: number) =>
        sendFlow(lab, flow({ source: CLIENT[side], destinationPort }), { count: 1, timeoutMs });
      const [silent, refused, main] = await Promise.all([to(7001, 1500), to(7002, 5000), to(7003, 5000)]);
      await polywan('apply');
      expect(silent).toMatchObject({ exits: {}, failures: ['timeout'] });
      expect(refused).toMatchObject({ exits: {}, failures: ['unreachable'] });
      // Main's own default: the WAN with the lowest metric.
      expect(main).toMatchObject({ exits: { fiber: 1 }, failures: [] });
    });

    it('spreads 2000 connections by weights 3 and 1 within 3 points', async () => {
      const seen = await sendFlow(running().lab, flow({ source: CLIENT[side] }), {
        count: 2000,
        timeoutMs: 10_000,
      });
      expect(seen.failures).toEqual([]);
      expect(Math.abs((seen.exits.fiber ?? 0) / 20 - 75)).toBeLessThanOrEqual(3);
      expect((seen.exits.fiber ?? 0) + (seen.exits.cable ?? 0)).toBe(2000);
    });
  });
}
