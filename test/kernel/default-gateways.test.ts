import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { ELSEWHERE, sending, summariesOf } from './own-datagram.ts';

/** Counts by which WAN the router's own datagrams leave. */
const RULESET = `add table inet t
delete table inet t
table inet t {
chain counting { type filter hook postrouting priority 0; udp dport 5000 oifname "wan0" counter comment "wan0"; udp dport 5000 oifname "wan1" counter comment "wan1"; }
}
`;

const DATAGRAMS = 20;

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.sh('ip address del 203.0.113.1/24 dev lan0; ip route del default');
  router.sh('sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lan0.rp_filter=0');
  router.sh(
    'ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev wan0; ip neigh add 198.51.100.1 lladdr 02:00:00:00:00:01 nud permanent dev wan1',
  );
  writeFileSync(join(router.folder, 'rules.nft'), RULESET);
});

afterAll(() => router?.remove());

function withRoutes<T>(routes: readonly string[], work: () => T): T {
  router.sh(routes.map((route) => `ip route append ${route}`).join('\n'));
  try {
    return work();
  } finally {
    router.sh('ip route flush exact default');
  }
}

/** How many leave by each WAN, of one socket's. */
function sent(tos = 0): Readonly<Record<string, number>> {
  const listed = router.sh(
    `nft -f ${join(router.folder, 'rules.nft')}\n${sending(DATAGRAMS, tos)}\nnft list table inet t`,
  );
  const counted = [...listed.matchAll(/packets ([1-9]\d*) bytes \d+ comment "(\w+)"/g)];
  return Object.fromEntries(counted.map(([, count, name]) => [name, Number(count)]));
}

/** By which WANs trace says that they may leave. */
function traced(): readonly string[] {
  const exits = summariesOf(router).map((summary) => /leaves by (\w+)/.exec(summary)?.[1] ?? summary);
  return [...new Set(exits)].sort();
}

const FIRST = 'default via 192.0.2.1 dev wan0';
const SECOND = 'default via 198.51.100.1 dev wan1';

describe('default routes of the same metric', () => {
  it('take turns for what the router sends, while no gateway is known to answer', () => {
    withRoutes([FIRST, SECOND], () => {
      expect(sent()).toEqual({ wan0: DATAGRAMS / 2, wan1: DATAGRAMS / 2 });
      expect(traced()).toEqual(['wan0', 'wan1']);
    });
  });

  it('leave it to the first where that is known to answer', () => {
    withRoutes([FIRST, SECOND], () => {
      router.sh('ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 nud reachable dev wan0');
      expect(sent()).toEqual({ wan0: DATAGRAMS });
      router.sh('ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev wan0');
    });
  });

  it('are as one to what comes in', () => {
    withRoutes([FIRST, SECOND], () => {
      const ways = Array.from({ length: DATAGRAMS }, () =>
        router.sh(`ip route get ${ELSEWHERE} from 192.0.2.77 iif lan0`),
      );
      expect(ways.filter((way) => !way.includes('dev wan0'))).toEqual([]);
    });
  });
});

describe('default routes that differ', () => {
  it('in their metric are not chosen among', () => {
    withRoutes([`${FIRST} metric 10`, `${SECOND} metric 20`], () => {
      expect(sent()).toEqual({ wan0: DATAGRAMS });
      expect(traced()).toEqual(['wan0']);
    });
  });

  it('in their service take turns for what asks for it', () => {
    withRoutes([FIRST, 'default tos 0x10 via 198.51.100.1 dev wan1'], () => {
      expect(sent(0x10)).toEqual({ wan0: DATAGRAMS / 2, wan1: DATAGRAMS / 2 });
      expect(sent()).toEqual({ wan0: DATAGRAMS });
      expect(traced()).toEqual(['wan0']);
    });
  });
});
