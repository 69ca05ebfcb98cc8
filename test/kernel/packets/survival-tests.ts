import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Running } from './packet-suite.ts';
import type { Frontend } from './router-lab.ts';
import { profile, type SiteChoice, siteFiles } from './site.ts';
import { CLIENT, INTERNET } from './topology.ts';

/** A router that worked before polywan came: it forwards, and translates by hand. */
const BEFORE = `table inet before {
chain translate {
type nat hook postrouting priority srcnat + 10; policy accept;
oifname { "wan0", "wan1" } masquerade
}
}
`;

/** Transfers that run through everything else. First of all tests: the first apply is part of it. */
export function survivalTests(running: Running): void {
  describe.each([
    ['ipv4', CLIENT[0], INTERNET[0]],
    ['ipv6', CLIENT[1], INTERNET[1]],
  ])('a running masqueraded transfer over %s', (_, source, destination) => {
    it('survives first apply, re-apply and every change around it', async () => {
      const { lab, frontend, write, polywan, polywanBy, sh, nft } = running();
      await sh('sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
      await nft(BEFORE);
      const client = lab.agent('lan lan0');
      const transfer = await client.ask({
        op: 'transfer-start',
        to: { address: destination, port: 443 },
        from: { address: source },
        chunkBytes: 8192,
        intervalMs: 10,
        timeoutMs: 60_000,
      });
      const goesOn = async (after: string): Promise<void> => {
        const then = await client.ask({ op: 'transfer-status', transfer });
        for (let waits = 0; waits < 600; waits++) {
          await pause(100);
          const now = await client.ask({ op: 'transfer-status', transfer });
          // More than was under way: what is echoed now was sent after the change.
          if (now.ended !== undefined || now.receivedBytes > then.sentBytes) break;
        }
        const now = await client.ask({ op: 'transfer-status', transfer });
        expect({ ...now, after }).toMatchObject({ intact: true, via: 'fiber', after });
        expect(now.ended, after).toBeUndefined();
        expect(now.receivedBytes, after).toBeGreaterThan(then.sentBytes);
      };
      const change = async (what: string, choice: SiteChoice, by: Frontend = frontend): Promise<void> => {
        write(siteFiles(by, choice));
        await polywanBy(by, 'apply');
        await goesOn(what);
      };
      await goesOn('start');
      await change('first apply', {});
      await polywan('apply');
      await goesOn('re-apply');
      await change('changed weights', { weights: [1, 9] });
      await change('changed steering', { steering: ['{ name: all, policy: by-cable }'] });
      await change('removed steering', { steering: [] });
      write({ 'dsl.yaml': profile('dsl', 'dsl0', 'none', 2204) });
      await change('added profile', { profiles: ['dsl', 'fiber', 'cable', 'lte'] });
      write({ 'dsl.yaml': profile('vdsl', 'dsl0', 'none', 2204) });
      await change('renamed profile', { profiles: ['dsl', 'fiber', 'cable', 'lte'] });
      await change('removed profile', {});
      await change('another backend', {}, frontend === 'nftables' ? 'iptables-nft' : 'nftables');
      await change('the first backend again', {});
      const end = await client.ask({ op: 'transfer-stop', transfer });
      expect(end).toMatchObject({ ended: 'complete', intact: true });
      await polywan('remove');
      await nft('delete table inet before');
    });
  });
}
