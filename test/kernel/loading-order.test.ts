import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { sending } from './own-datagram.ts';

let router: ApplyRouter;

// Each time anew: a table of iptables-legacy stays at its hooks from its first use on.
beforeEach(() => {
  router = makeRouter();
  router.sh('ip address del 203.0.113.1/24 dev lan0');
});

afterEach(() => router.remove());

const MARKING: Readonly<Record<string, (mark: number) => string>> = {
  nft: (mark) =>
    `nft 'table ip marking { chain c { type filter hook output priority -150; udp dport 5000 meta mark set ${mark}; }; }'`,
  'iptables-nft': (mark) => `iptables-nft -t mangle -A OUTPUT -p udp --dport 5000 -j MARK --set-mark ${mark}`,
  'iptables-legacy': (mark) =>
    `iptables-legacy -t mangle -A OUTPUT -p udp --dport 5000 -j MARK --set-mark ${mark}`,
};

const SEEN = `nft 'table ip seen { chain last { type filter hook output priority 200; meta mark 1 counter comment "1"; meta mark 2 counter comment "2"; }; }'`;

/** The marks with which trace says the datagram can leave. */
function traced(): readonly number[] {
  const words = ['trace', '--live', '--out', '--dst', '203.0.113.200', '--proto', 'udp', '--dport', '5000'];
  const { paths } = JSON.parse(router.polywan([...words, '--json']).stdout) as {
    readonly paths: readonly { readonly packets: readonly { readonly end: { readonly mark: number } }[] }[];
  };
  return [...new Set(paths.map(({ packets }) => packets[0]?.end.mark ?? 0))].sort();
}

const PAIRS = Object.keys(MARKING).flatMap((first) =>
  Object.keys(MARKING)
    .filter((second) => second !== first)
    .map((second) => [first, second] as const),
);

it.each(PAIRS)(
  'of %s and then %s at one priority the second runs first; trace tells both orders',
  (first, second) => {
    router.sh(`${MARKING[first]?.(1)}\n${MARKING[second]?.(2)}\n${SEEN}\n${sending(1)}`);
    expect(router.sh('nft list table ip seen')).toMatch(/packets 1 .*comment "1"/);
    expect(traced()).toEqual([1, 2]);
  },
);
