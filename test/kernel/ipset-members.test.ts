import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { ELSEWHERE, sending, summariesOf } from './own-datagram.ts';

// What a set holds and how a rule asks it; a datagram to 203.0.113.200:5000 leaves by wan0, or is dropped where it is in.
const CASES: readonly (readonly [string, string])[] = [
  ['create s bitmap:port range 4000-6000\nadd s 5000', 's dst'],
  ['create s bitmap:port range 4000-6000\nadd s 5001', 's dst'],
  ['create s bitmap:port range 4000-6000\nadd s 4990-5010', 's dst'],
  ['create s hash:ip netmask 24\nadd s 203.0.113.0', 's dst'],
  ['create s hash:ip netmask 24\nadd s 203.0.112.0', 's dst'],
  ['create s bitmap:ip range 203.0.0.0/16 netmask 24\nadd s 203.0.113.0', 's dst'],
  ['create s bitmap:ip range 203.0.0.0/16 netmask 24\nadd s 203.0.114.0', 's dst'],
  ['create s hash:net,iface\nadd s 203.0.113.0/24,wan wildcard', 's dst,dst'],
  ['create s hash:net,iface\nadd s 203.0.113.0/24,wan', 's dst,dst'],
  ['create s hash:net,iface\nadd s 203.0.113.0/24,lan wildcard', 's dst,dst'],
  [`create s hash:ip,port\nadd s ${ELSEWHERE},udp:5000`, 's dst'],
  [`create s hash:ip\nadd s ${ELSEWHERE}`, 's dst,dst'],
  [`create p hash:ip,port\nadd p ${ELSEWHERE},udp:5000\ncreate s list:set\nadd s p`, 's dst'],
  [`create p hash:ip,port\nadd p ${ELSEWHERE},udp:5000\ncreate s list:set\nadd s p`, 's dst,dst'],
  [
    `create p hash:ip,port\nadd p ${ELSEWHERE},udp:5000\ncreate h hash:ip\nadd h ${ELSEWHERE}\ncreate s list:set\nadd s p\nadd s h`,
    's dst',
  ],
];

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.sh('ip address del 203.0.113.1/24 dev lan0');
  router.sh('ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev wan0');
  router.sh(
    "nft 'table netdev far { chain in { type filter hook ingress device far-wan0 priority 0; udp dport 5000 counter; }; }'",
  );
});

afterAll(() => router?.remove());

/** Whether a datagram arrives; the rule counts it where it does not. The other end may see it a moment after it was sent. */
async function arrives(): Promise<boolean> {
  const count = (listing: string) => Number(/packets (\d+)/.exec(router.sh(listing))?.[1]);
  const arrived = () => count('nft list table netdev far');
  const dropped = () => count('nft list chain ip filter OUTPUT');
  const before = arrived();
  router.sh(`${sending(1)} || true`);
  await expect.poll(() => arrived() - before + dropped(), { timeout: 30_000 }).toBe(1);
  return arrived() > before;
}

it.each(CASES.flatMap(([set, key]) => [[set, '', key] as const, [set, '! ', key] as const]))(
  '%j asked with %s%s: trace and kernel agree',
  async (set, not, key) => {
    router.sh(`iptables-nft -F; ipset flush; ipset destroy; printf '%s\\n' '${set}' | ipset restore`);
    router.sh(`iptables-nft -A OUTPUT -p udp -m set ${not}--match-set ${key} -j DROP`);
    const summaries = summariesOf(router);
    expect(summaries).not.toEqual([]);
    const words = (await arrives()) ? 'leaves by wan0' : 'dropped';
    expect(summaries).toEqual(summaries.map(() => expect.stringContaining(words)));
  },
);
