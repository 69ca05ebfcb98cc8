import { expect, it } from 'vitest';
import type { Table } from '../../../src/kernel/netfilter.ts';
import { ipv6Router, nftTable, setMark } from './ipv6-router.ts';
import { iptables, LAN_FLOW, packetOf, router, trace } from './router.ts';

const OWN_FLOW = {
  family: 'ipv6',
  source: '2001:db8:51::2',
  destination: '2001:db8:2::9',
  protocol: 'udp',
  sourcePort: 40000,
  destinationPort: 53,
  dscp: 0,
  mark: 0x36,
} as const;

const INBOUND = {
  family: 'ipv6',
  in: 'wan0',
  source: '2001:db8:2::9',
  destination: '2001:db8:51::2',
  protocol: 'udp',
} as const;

function isType(type: string) {
  return { match: { op: '==', left: { fib: { result: 'type', flags: 'daddr' } }, right: type } };
}

it("IPv6's fib type asks the policy rules without the packet's mark, and calls a refusal by its name", () => {
  const markOf = (type: string, ...rules: readonly string[]) =>
    packetOf(
      trace(ipv6Router({ rules, tables: nftTable('ip6', 'output', isType(type), setMark(9)) }), OWN_FLOW),
      'P1',
    ).end.mark;
  const forUnmarked = '120: from all fwmark 0x0/0xf prohibit';
  expect(markOf('unicast')).toBe(9);
  expect(markOf('unicast', forUnmarked)).toBe(0x36);
  expect(markOf('prohibit', forUnmarked)).toBe(9);
});

it('a hash of a field that the packet does not have breaks the rule off, after what stands before it', () => {
  const hash = { jhash: { expr: { payload: { protocol: 'ip', field: 'saddr' } }, mod: 2, offset: 53 } };
  const before = { mangle: { key: { ct: { key: 'mark' } }, value: 7 } };
  const tables = nftTable('inet', 'output', before, setMark(hash));
  const { end } = packetOf(trace(ipv6Router({ tables }), OWN_FLOW), 'P1');
  expect([end.mark, end.connmark]).toEqual([0x36, 7]);
});

it('a connection has its ports also when an ICMP error about it came last', () => {
  const { paths } = trace(router(), LAN_FLOW, { packets: ['P1', 'R', 'E'] });
  expect(paths.map(({ connections }) => connections)).toMatchObject([
    [{ source: '192.168.1.10:40000', destination: '192.0.2.9:443' }],
  ]);
});

it("nft's fib with a device knows the chosen hop alone in IPv6, rpfilter every route to the source", () => {
  const fib = { fib: { result: 'oif', flags: ['saddr', 'iif'] } };
  const exists = { match: { op: '==', left: fib, right: true } };
  const rpfilter = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter -j MARK --set-mark 9\nCOMMIT\n';
  const marks = (tables: readonly Table[], route: string) => {
    const state = ipv6Router({ rules: ['20: from all lookup 40'], routes: [route], tables });
    const { paths } = trace(state, { ...LAN_FLOW, ...INBOUND }, { packets: ['P1'] });
    return paths.map(({ packets: [first] }) => first?.end.mark).sort();
  };
  const hops =
    'default table 40 nexthop via 2001:db8:51::1 dev wan0 weight 1 nexthop via 2001:db8:113::1 dev wan1 weight 1';
  expect(marks(nftTable('ip6', 'prerouting', exists, setMark(9)), hops)).toEqual([0, 9]);
  expect(marks(iptables(rpfilter, 'iptables-nft', 'ip6'), hops)).toEqual([9]);
  expect(
    marks(iptables(rpfilter, 'iptables-nft', 'ip6'), 'default via 2001:db8:113::1 dev wan1 table 40'),
  ).toEqual([0]);
});

it('every jhash without a seed of its words is another hash', () => {
  const hash = (seed: object) => ({
    jhash: { expr: { payload: { protocol: 'ip6', field: 'saddr' } }, mod: 2, ...seed },
  });
  const pairs = (seed: object) => {
    const toConnection = { mangle: { key: { ct: { key: 'mark' } }, value: hash(seed) } };
    const tables = nftTable('ip6', 'output', setMark(hash(seed)), toConnection);
    const { paths } = trace(ipv6Router({ tables }), OWN_FLOW, { packets: ['P1', 'P1b'] });
    const lines = paths.map(({ packets }) =>
      packets.map(({ end }) => `${end.mark}/${end.connmark}`).join(' '),
    );
    return lines.sort();
  };
  expect(pairs({ seed: 7 })).toEqual(['0/0 0/0', '1/1 1/1']);
  expect(pairs({})).toEqual(['0/0 0/0', '0/1 0/1', '1/0 1/0', '1/1 1/1']);
});

it('an interface may forward what the machine does not (since Linux 6.17)', () => {
  const exit = (sysctls: Readonly<Record<string, string>>) => {
    const state = ipv6Router({ sysctls: { 'net.ipv6.conf.all.forwarding': '0', ...sysctls } });
    const flow = { ...INBOUND, in: 'lan0', destination: '2001:db8:2::7' };
    return packetOf(trace(state, flow, { packets: ['P1'] }), 'P1').disposition.kind;
  };
  expect(exit({})).toBe('dropped');
  expect(exit({ 'net.ipv6.conf.wan0.force_forwarding': '1' })).toBe('dropped');
  expect(exit({ 'net.ipv6.conf.lan0.force_forwarding': '1' })).toBe('routed');
});
