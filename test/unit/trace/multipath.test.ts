import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import { ipv6Router, nftTable, setMark } from './ipv6-router.ts';
import { iptables, LAN_FLOW, router, trace } from './router.ts';

const TWO_HOPS =
  'default table 40 nexthop via 198.51.100.1 dev wan0 weight 2 nexthop via 203.0.113.1 dev wan1 weight 1';
const TWO_HOPS_IPV6 =
  'default table 40 nexthop via 2001:db8:51::1 dev wan0 weight 2 nexthop via 2001:db8:113::1 dev wan1 weight 1';

/** Routed again only when the first lookup took wan0. */
const MARKED_ON_WAN0 =
  '*mangle\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -o wan0 -j MARK --set-mark 6\nCOMMIT\n';

const OWN_FLOW: Flow = {
  family: 'ipv4',
  source: '198.51.100.2',
  destination: '192.0.2.9',
  protocol: 'udp',
  sourcePort: 40000,
  destinationPort: 53,
  dscp: 0,
  uid: 0,
};
const OWN_FLOW_IPV6: Flow = {
  ...OWN_FLOW,
  family: 'ipv6',
  source: '2001:db8:51::2',
  destination: '2001:db8:2::9',
};

function ipv4(sysctls: Readonly<Record<string, string>> = {}): KernelState {
  return router({
    iptables: MARKED_ON_WAN0,
    rules: ['150: from all lookup 40'],
    routes: [TWO_HOPS],
    sysctls,
  });
}

function ipv6(sysctls: Readonly<Record<string, string>> = {}): KernelState {
  const tables = iptables(MARKED_ON_WAN0, 'iptables-nft', 'ip6');
  return ipv6Router({ rules: ['150: from all lookup 40'], routes: [TWO_HOPS_IPV6], tables, sysctls });
}

/** Where each packet can leave, with its mark: a line a way. */
function ways(state: KernelState, flow: Flow): readonly string[] {
  const lines = trace(state, flow, { packets: ['P1', 'P1b', 'P3'] }).paths.map(({ packets }) =>
    packets
      .map(({ disposition, end }) =>
        disposition.kind === 'routed' ? `${disposition.interface}/${end.mark}` : disposition.kind,
      )
      .join(' '),
  );
  return [...new Set(lines)].sort();
}

describe('a route of several hops', () => {
  it('IPv4 hashes the addresses: routed again, a packet keeps its hop, and so does the flow', () => {
    expect(ways(ipv4(), OWN_FLOW)).toEqual(['wan0/6 wan0/6 wan0/6', 'wan1/0 wan1/0 wan1/0']);
  });

  it('IPv6 hashes something else on being routed again: either hop, the same for the whole flow', () => {
    expect(ways(ipv6(), OWN_FLOW_IPV6)).toEqual([
      'wan0/6 wan0/6 wan0/6',
      'wan1/0 wan1/0 wan1/0',
      'wan1/6 wan1/6 wan1/6',
    ]);
  });

  it('with ports in the hash, IPv4 routes again without them', () => {
    expect(ways(ipv4({ 'net.ipv4.fib_multipath_hash_policy': '1' }), OWN_FLOW)).toEqual([
      'wan0/6 wan0/6 wan0/6',
      'wan1/0 wan1/0 wan1/0',
      'wan1/6 wan1/6 wan1/6',
    ]);
  });

  it('an ICMP error is hashed by the packet inside it, even after its own source was rewritten', () => {
    const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
    const rewriting = { mangle: { key: saddr, value: '192.168.1.11' } };
    const tables = nftTable('ip', { hook: 'prerouting', prio: 10 }, rewriting);
    const state = router({ tables, rules: ['100: from all lookup 40'], routes: [TWO_HOPS] });
    const flow: Flow = { ...LAN_FLOW, protocol: 'udp', destinationPort: 53 };
    const exits = trace(state, flow, { packets: ['P1', 'R', 'E'] }).paths.map(({ packets }) =>
      packets.map(({ disposition }) => ('interface' in disposition ? disposition.interface : '')).join(' '),
    );
    expect([...new Set(exits)].sort()).toEqual([
      'wan0 wan0 wan0',
      'wan0 wan1 wan0',
      'wan1 wan0 wan1',
      'wan1 wan1 wan1',
    ]);
  });

  it('since Linux 6.16 the hop whose address is the source of an own packet is taken, in IPv4', () => {
    const on = (release: string, source: string) =>
      ways(ipv4({ 'kernel.osrelease': release }), { ...OWN_FLOW, source });
    expect(on('6.18.44', '198.51.100.2')).toEqual(['wan0/6 wan0/6 wan0/6']);
    expect(on('6.18.44', '203.0.113.2')).toEqual(['wan1/0 wan1/0 wan1/0']);
    expect(on('6.18.44', '192.168.1.1')).toHaveLength(2);
    expect(on('6.12.9-amd64', '198.51.100.2')).toHaveLength(2);
    expect(ways(ipv6({ 'kernel.osrelease': '6.18.44' }), OWN_FLOW_IPV6)).toHaveLength(3);
  });

  it('hops that are objects of their own are taken by the hash alone', () => {
    const state = ipv4({ 'kernel.osrelease': '6.18.44' });
    const routes = state.routes.map((each) => (each.table === 40 ? { ...each, attributes: 'nhid 3' } : each));
    expect(ways({ ...state, routes }, OWN_FLOW)).toHaveLength(2);
  });

  it('without a source yet, IPv4 keeps the hop that gave it: for sure since Linux 6.16', () => {
    const { source: _source, ...unbound } = OWN_FLOW;
    const connected: Flow = { ...unbound, connected: true };
    const exits = (release: string) => {
      const { paths } = trace(ipv4({ 'kernel.osrelease': release }), connected, { packets: ['P1'] });
      const ends = paths.map(({ packets: [first] }) => `${first?.end.source} ${first?.end.out}`);
      return [...new Set(ends)].sort();
    };
    expect(exits('6.18')).toEqual(['198.51.100.2 wan0', '203.0.113.2 wan1']);
    expect(exits('6.12')).toHaveLength(4);
  });

  it('what passes through keeps its hop in both families', () => {
    const forwarded: Flow = { ...LAN_FLOW, protocol: 'udp', mac: '02:00:00:00:00:01', length: 100 };
    expect(ways(ipv4(), forwarded)).toEqual(['wan0/0 wan0/0 wan0/0', 'wan1/0 wan1/0 wan1/0']);
    const inIpv6: Flow = {
      ...forwarded,
      family: 'ipv6',
      source: '2001:db8:1::a',
      destination: '2001:db8:2::9',
    };
    expect(ways(ipv6(), inIpv6)).toEqual(['wan0/0 wan0/0 wan0/0', 'wan1/0 wan1/0 wan1/0']);
  });

  it('a rule that asks for the device is told the first hop in IPv4, the packet’s own in IPv6', () => {
    const isWan0 = {
      match: { op: '==', left: { fib: { result: 'oifname', flags: 'daddr' } }, right: 'wan0' },
    };
    const asks = (family: 'ip' | 'ip6') => nftTable(family, 'prerouting', isWan0, setMark(9));
    expect(ways({ ...ipv4(), tables: asks('ip') }, { ...LAN_FLOW, protocol: 'udp' })).toEqual([
      'wan0/9 wan0/9 wan0/9',
      'wan1/9 wan1/9 wan1/9',
    ]);
    const inIpv6: Flow = {
      ...LAN_FLOW,
      protocol: 'udp',
      family: 'ipv6',
      source: '2001:db8:1::a',
      destination: '2001:db8:2::9',
    };
    expect(ways({ ...ipv6(), tables: asks('ip6') }, inIpv6)).toEqual([
      'wan0/9 wan0/9 wan0/9',
      'wan1/0 wan1/0 wan1/0',
    ]);
  });

  it('of several gateways behind one device tells each, with its share', () => {
    const two =
      'default table 40 nexthop via 198.51.100.1 dev wan0 weight 3 nexthop via 198.51.100.3 dev wan0';
    const state = router({ rules: ['150: from all lookup 40'], routes: [`${two} weight 1`] });
    const { summary, paths } = trace(state, LAN_FLOW);
    expect(paths.map(({ weight }) => weight)).toEqual([0.75, 0.25]);
    expect(paths[0]?.conditions[0]?.text).toBe('multipath takes wan0 via 198.51.100.1');
    expect(summary).toMatch(
      /^75 %: leaves by wan0 via 198\.51\.100\.1 as .*; 25 %: leaves by wan0 via 198\.51\.100\.3 as /,
    );
  });

  it('behind one device tells the gateway that a policy rule takes where it is not known whether it does', () => {
    const state = router({
      rules: ['150: from all uidrange 1000-1000 lookup 40'],
      routes: ['default via 198.51.100.3 dev wan0 table 40'],
    });
    const { uid: _uid, ...anyone } = OWN_FLOW;
    const { summary } = trace(state, anyone, { packets: ['P1'] });
    expect(summary).toMatch(/via 198\.51\.100\.3/);
    expect(summary).toMatch(/via 198\.51\.100\.1 /);
  });
});
