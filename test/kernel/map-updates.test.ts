import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { ELSEWHERE, sending } from './own-datagram.ts';

// What a packet puts into a map, the next one finds: datagrams of the router's own are counted by the mark they get.

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.sh('ip address del 203.0.113.1/24 dev lan0');
  router.sh('ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev wan0');
});

afterEach(() => router.sh('nft flush ruleset'));
afterAll(() => router?.remove());

/** The mark of the second of two datagrams, as trace has it for each way. */
function tracedMarks(): readonly unknown[] {
  const words = [
    'trace',
    '--live',
    '--out',
    '--dst',
    ELSEWHERE,
    '--proto',
    'udp',
    '--dport',
    '5000',
    '--json',
  ];
  const { paths } = JSON.parse(router.polywan(words).stdout) as {
    readonly paths: readonly {
      readonly packets: readonly { readonly name: string; readonly end: { readonly mark: unknown } }[];
    }[];
  };
  const marks = paths.map(({ packets }) => packets.find(({ name }) => name === 'P1b')?.end.mark);
  return [...new Set(marks)];
}

it.each([
  ['what `update` puts there', '', 'update @s { ip saddr : 0x2 }'],
  ['what `add` puts there', '', 'add @s { ip saddr : 0x2 }'],
  ['the first of two values', '', 'update @s { ip saddr : 0x2 }; update @s { ip saddr : 0x1 }'],
  ['what was there before', 'elements = { 192.0.2.2 : 0x1 };', 'update @s { ip saddr : 0x2 }'],
  ['a mark of the packet', '', 'meta mark set 0x2 update @s { ip saddr : meta mark }'],
  ['nothing of another key', '', 'update @s { ip daddr : 0x2 }'],
])('a later packet finds in a map %s', (_, elements, rules) => {
  router.sh(`nft 'table ip m {
    map s { type ipv4_addr : mark; flags dynamic; size 100; ${elements} }
    chain out { type filter hook output priority mangle; meta mark set ip saddr map @s accept; ${rules}; }
    chain count { type filter hook postrouting priority 0; udp dport 5000 meta mark 1 counter; udp dport 5000 meta mark 2 counter; }
  }'`);
  router.sh(sending(1));
  const before = counts();
  router.sh(sending(1));
  const passed = counts().findIndex((count, at) => count > (before[at] ?? 0));
  router.sh('nft flush map ip m s');
  if (elements !== '') router.sh("nft 'add element ip m s { 192.0.2.2 : 0x1 }'");
  expect(tracedMarks()).toEqual([passed + 1]);
});

/** How many had the mark 1, and how many 2. */
function counts(): readonly number[] {
  const listed = router.sh('nft list chain ip m count');
  return [...listed.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
}
