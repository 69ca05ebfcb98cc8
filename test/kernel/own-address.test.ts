import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBE_PORTS } from '../../src/plan/probe-ports.ts';
import { type Frontend, type RouterLab, routerLab } from './packets/router-lab.ts';
import { siteFiles } from './packets/site.ts';
import { INTERNET } from './packets/topology.ts';

/** Every packet to port 443 from an address of fiber, by the device it leaves by, before it is translated. */
const COUNTERS = `add table inet watch
delete table inet watch
table inet watch {
chain out {
type filter hook postrouting priority 0
ip saddr 198.51.100.2 tcp dport 443 oifname "wan0" counter comment "own"
ip saddr 198.51.100.2 tcp dport 443 oifname != "wan0" counter comment "other"
ip6 saddr 2001:db8:a::2 tcp dport 443 oifname "wan0" counter comment "own"
ip6 saddr 2001:db8:a::2 tcp dport 443 oifname != "wan0" counter comment "other"
}
}
`;

const FAMILIES = [
  ['-4', '198.51.100.2', INTERNET[0]],
  ['-6', '[2001:db8:a::2]', `[${INTERNET[1]}]`],
] as const;

/**
 * The monitor asks tcp, dns and http probes from the WAN's own address and ports of their own. `local_traffic` would
 * steer them like anything else of the router's; and when the table that their policy rule leads to has no default, as
 * after the link went down for a moment, main still has those of the other WANs.
 */
describe.each(['nftables', 'iptables-nft'] as const satisfies readonly Frontend[])(
  'with %s, a probe that is bound to the own address of a WAN',
  (frontend) => {
    let router: RouterLab;
    beforeAll(async () => {
      router = await routerLab(frontend);
      const files = siteFiles(frontend);
      const probes = 'probes: [{ tcp: "203.0.113.9:443" }]\n';
      router.write({ ...files, 'fiber.yaml': `${files['fiber.yaml']}${probes}` });
      await router.polywan('apply');
    });
    afterAll(() => router?.end());

    /** A connection attempt, and the packets it sent by fiber and by others. */
    async function attempt(family: string, source: string, target: string, port: number) {
      await router.nft(COUNTERS);
      const words = `bind=${source}:${port},reuseaddr`;
      await router.sh(`timeout 20 socat -T1 /dev/null TCP${family[1]}:${target}:443,${words} 2>&1; true`);
      const text = await router.sh('nft list table inet watch');
      const packets = (name: string): number =>
        [...text.matchAll(new RegExp(`packets (\\d+) bytes \\d+ comment "${name}"`, 'g'))].reduce(
          (sum, [, count]) => sum + Number(count),
          0,
        );
      return { own: packets('own'), other: packets('other') };
    }

    it.each(FAMILIES)(
      'leaves by that WAN, or not at all while its table has no default (%s)',
      async (family, source, target) => {
        const probe = (port = PROBE_PORTS.from) => attempt(family, source, target, port);
        expect(await probe()).toEqual({ own: expect.toSatisfy(isSome), other: 0 });
        expect(await probe(PROBE_PORTS.to)).toEqual({ own: expect.toSatisfy(isSome), other: 0 });
        // Anything else from the same address is steered by local_traffic.
        expect(await probe(50_000)).toEqual({ own: 0, other: expect.toSatisfy(isSome) });
        await router.sh(`ip ${family} route flush table 8701; ip ${family} route del default dev wan0`);
        expect(await probe()).toEqual({ own: 0, other: 0 });
        // The danger is real: without the guard it leaves by another WAN.
        const bare = source.replace(/[[\]]/g, '');
        await router.sh(`ip ${family} rule del priority 13999 from ${bare} unreachable`);
        expect(await probe()).toEqual({ own: 0, other: expect.toSatisfy(isSome) });
        expect(await router.polywan('plan')).toContain('13999');
      },
    );
  },
);

function isSome(count: unknown): boolean {
  return typeof count === 'number' && count > 0;
}
