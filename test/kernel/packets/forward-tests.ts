import { beforeAll, describe, expect, it } from 'vitest';
import { wanAddress } from '../../../src/lab/topology.ts';
import type { Running } from './packet-suite.ts';
import { CLIENT, LAB, SERVER } from './topology.ts';

const PORTS = { fiber: 2201, cable: 2202, lte: 2203 } as const;

export function forwardTests(running: Running): void {
  describe('port forwards under a strict rp_filter', () => {
    beforeAll(async () => {
      const { lab } = running();
      const server = lab.agent('lan lan0');
      for (const address of SERVER)
        await server.ask({ op: 'listen', protocol: 'tcp', at: { address, port: 22 }, via: 'server' });
      await server.ask({
        op: 'listen',
        protocol: 'udp',
        at: { address: SERVER[0], port: 23 },
        via: 'server',
      });
    });

    describe.each(Object.entries(PORTS))('on %s', (wan, port) => {
      it.each(['ipv4', 'ipv6'] as const)('are answered to the internet over %s', async (family) => {
        const { lab } = running();
        const to = { address: wanAddress(LAB, wan, family) ?? '', port };
        const calls = await lab
          .agent('internet')
          .ask({ op: 'connect', to, count: 3, concurrency: 1, timeoutMs: 5000 });
        const peer = LAB.internet[family];
        expect(calls).toEqual(
          Array.from({ length: 3 }, () => ({ outcome: 'answered', via: 'server', peer })),
        );
      });

      it('are answered to datagrams', async () => {
        const to = { address: wanAddress(LAB, wan, 'ipv4') ?? '', port };
        const [answer] = await running()
          .lab.agent('internet')
          .ask({ op: 'datagrams', to, count: 1, intervalMs: 0, waitMs: 5000, silent: false, tag: '' });
        expect(answer).toMatchObject({ outcome: 'answered', via: 'server' });
      });

      it.each(['ipv4', 'ipv6'] as const)('are answered to an inside client over %s', async (family) => {
        const { lab } = running();
        const to = { address: wanAddress(LAB, wan, family) ?? '', port };
        const from = { address: CLIENT[family === 'ipv4' ? 0 : 1] };
        const [call] = await lab
          .agent('lan lan0')
          .ask({ op: 'connect', to, from, count: 1, concurrency: 1, timeoutMs: 5000 });
        expect(call).toMatchObject({ outcome: 'answered', via: 'server' });
      });

      it('are answered to the router itself', async () => {
        const to = { address: wanAddress(LAB, wan, 'ipv4') ?? '', port };
        const [call] = await running()
          .lab.agent('router')
          .ask({ op: 'connect', to, count: 1, concurrency: 1, timeoutMs: 5000 });
        expect(call).toMatchObject({ outcome: 'answered', via: 'server' });
      });
    });
  });
}
