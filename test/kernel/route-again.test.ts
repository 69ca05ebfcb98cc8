import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAMILIES, type Family } from '../../src/net/family.ts';
import { type ApplyRouter, makeRouter, PROGRAM } from './apply-router.ts';

const HOSTS = { ipv4: '203.0.113.200', ipv6: '2001:db8:ffff::1' } as const;
const SENDERS = {
  ipv4: 'UDP4-SENDTO:203.0.113.200:5000',
  ipv6: 'UDP6-SENDTO:[2001:db8:ffff::1]:5000',
} as const;

/** Marks what the router sends, which routes it again, and counts by which WAN it leaves. */
const RULESET = `add table inet t
delete table inet t
table inet t {
chain marking { type route hook output priority mangle; udp dport 5000 meta mark set 0x1; }
chain counting { type filter hook postrouting priority 0; udp dport 5000 oifname "wan0" counter comment "wan0"; udp dport 5000 oifname "wan1" counter comment "wan1"; }
}
`;

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  // Its network is the outside here.
  router.sh('ip address del 203.0.113.1/24 dev lan0');
  router.sh('ip route replace default via 192.0.2.1; ip -6 route add default via 2001:db8:1::1');
  router.sh(
    'ip route add default via 198.51.100.1 table 7; ip -6 route add default via 2001:db8:2::1 table 7',
  );
  router.sh(
    'ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev wan0; ip neigh add 198.51.100.1 lladdr 02:00:00:00:00:01 dev wan1',
  );
  router.sh(
    'ip neigh add 2001:db8:1::1 lladdr 02:00:00:00:00:01 dev wan0; ip neigh add 2001:db8:2::1 lladdr 02:00:00:00:00:01 dev wan1',
  );
  writeFileSync(join(router.folder, 'rules.nft'), RULESET);
});

afterAll(() => router?.remove());

function withRules<T>(family: Family, rules: readonly string[], work: () => T): T {
  const ip = family === 'ipv4' ? 'ip' : 'ip -6';
  const all = (verb: string) =>
    rules.map((rule, at) => `${ip} rule ${verb} priority ${100 + at} ${rule}`).join('\n');
  router.sh(all('add'));
  try {
    return work();
  } finally {
    router.sh(all('del'));
  }
}

/** By which WAN a datagram of this user leaves. */
function sentBy(family: Family, user: number): string {
  const socat = `socat -u STDIN ${SENDERS[family]},sourceport=4000`;
  const listed = router.sh(
    `nft -f ${join(router.folder, 'rules.nft')}\necho x | setpriv --reuid=${user} --clear-groups ${socat}\nnft list table inet t`,
  );
  return [...listed.matchAll(/packets ([1-9]\d*) bytes \d+ comment "(\w+)"/g)]
    .map(([, , name]) => name)
    .join();
}

/** By which WANs trace says that it may leave. */
function tracedBy(family: Family): string {
  const words = [
    'trace',
    '--live',
    '--out',
    '--dst',
    HOSTS[family],
    '--proto',
    'udp',
    '--sport',
    '4000',
    '--dport',
    '5000',
    '--json',
  ];
  const text = execFileSync('ip', ['netns', 'exec', router.name, PROGRAM, ...words], {
    env: router.env,
    encoding: 'utf8',
  });
  const { paths } = JSON.parse(text) as { readonly paths: readonly { readonly summary: string }[] };
  return [...new Set(paths.map(({ summary }) => /leaves by (\w+)/.exec(summary)?.[1] ?? summary))]
    .sort()
    .join();
}

describe.each(FAMILIES)('a packet of the router that is routed again (%s)', (family) => {
  it('is asked for its user in IPv6, and taken for root’s in IPv4', () => {
    withRules(family, ['fwmark 0x1 uidrange 1000-1000 lookup 7'], () => {
      const kernel = [sentBy(family, 1000), sentBy(family, 0)];
      expect(kernel).toEqual(family === 'ipv4' ? ['wan0', 'wan0'] : ['wan1', 'wan0']);
      expect(tracedBy(family)).toBe([...new Set(kernel)].sort().join());
    });
  });

  it('is asked for its ports where some rule makes the kernel look for those of any packet', () => {
    const own = 'fwmark 0x1 iif lo dport 5000 lookup 7';
    for (const rules of [[own], [own, 'ipproto icmp lookup main']])
      withRules(family, rules, () => {
        const kernel = sentBy(family, 0);
        expect(kernel).toBe(rules.length === 1 ? 'wan0' : 'wan1');
        expect(tracedBy(family)).toBe(kernel);
      });
  });
});
