import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import { ipv6Router } from './ipv6-router.ts';
import { LAN_FLOW, packetOf, route, router, trace } from './router.ts';

const UDP: Flow = { ...LAN_FLOW, protocol: 'udp' };
const { in: _in, source: _source, ...OWN } = UDP;
const LOCAL_NET = { 'net.ipv4.conf.lan0.route_localnet': '1' };

/** Where the first packet ends, in one word. */
function fate(state: KernelState, flow: Flow): string {
  const { disposition } = packetOf(trace(state, flow, { packets: ['P1'] }), 'P1');
  return disposition.kind === 'routed' ? disposition.interface : disposition.kind;
}

function came(state: KernelState, pairs: readonly (readonly [string, string])[]): readonly string[] {
  const family = pairs[0]?.[0].includes(':') === true ? 'ipv6' : 'ipv4';
  return pairs.map(([source, destination]) => fate(state, { ...UDP, family, source, destination }));
}

describe('what comes in is not routed by the tables', () => {
  it('where it is for many', () => {
    const pairs = [
      ['192.168.1.10', '239.1.1.1'],
      ['192.168.1.10', '255.255.255.255'],
      ['0.0.0.0', '255.255.255.255'],
    ] as const;
    expect(came(router({ sysctls: { 'net.ipv4.conf.all.rp_filter': '1' } }), pairs)).toEqual([
      'unknown',
      'local',
      'local',
    ]);
  });

  it('where an address is no host', () => {
    const pairs = [
      ['192.168.1.10', '0.0.0.0'],
      ['0.0.0.0', '192.0.2.9'],
      ['0.0.0.0', '192.168.1.1'],
      ['224.1.1.1', '192.0.2.9'],
      ['255.255.255.255', '192.0.2.9'],
      ['127.0.0.1', '192.0.2.9'],
    ] as const;
    expect(came(router(), pairs)).toEqual(pairs.map(() => 'dropped'));
    expect(came(router(), [['0.1.2.3', '240.0.0.1']])).toEqual(['wan0']);
  });

  it('to 127.0.0.0/8, unless the device has route_localnet', () => {
    const direct = [['192.168.1.10', '127.0.0.1']] as const;
    expect([came(router(), direct), came(router({ sysctls: LOCAL_NET }), direct)]).toEqual([
      ['dropped'],
      ['local'],
    ]);
    const nat =
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -j DNAT --to-destination 127.0.0.1\nCOMMIT\n';
    expect(fate(router({ iptables: nat }), UDP)).toBe('dropped');
    expect(fate(router({ iptables: nat, sysctls: LOCAL_NET }), UDP)).toBe('local');
  });

  it('nor forwarded in IPv6 from addresses of one link or of none', () => {
    const routes = ['local 2001:db8:51::2 dev wan0 table 255', 'local ::1 dev lo table 255'];
    const host = '2001:db8:6::2';
    const far = '2001:db8:2::9';
    const lost = [
      [host, '::1'],
      ['::1', far],
      ['ff02::1', far],
      ['::', far],
      ['fe80::5', far],
    ] as const;
    expect(came(ipv6Router({ routes }), lost)).toEqual(lost.map(() => 'dropped'));
    const heard = [
      [host, far],
      ['fe80::5', '2001:db8:51::2'],
      ['::', '2001:db8:51::2'],
    ] as const;
    expect(came(ipv6Router({ routes }), heard)).toEqual(['wan0', 'local', 'local']);
  });
});

describe('what the router sends', () => {
  it('leaves for many by the device of its source', () => {
    const from = (destination: string) => fate(router(), { ...OWN, source: '203.0.113.2', destination });
    expect(['239.1.1.1', '255.255.255.255', '192.0.2.9'].map(from)).toEqual(['wan1', 'wan1', 'wan0']);
  });

  it('does not leave from 127.0.0.1, unless the device it leaves by has route_localnet', () => {
    const iptables =
      '*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -d 127.0.0.1/32 -p udp -j DNAT --to-destination 192.0.2.9\nCOMMIT\n';
    const routes = ['local 127.0.0.0/8 dev lo table 255'];
    const redirected = (sysctls: Readonly<Record<string, string>> = {}) =>
      packetOf(trace(router({ iptables, routes, sysctls }), { ...OWN, destination: '127.0.0.1' }), 'P1');
    expect(redirected().disposition).toEqual({
      kind: 'dropped',
      reason: 'wan0 takes nothing from 127.0.0.0/8 unless net.ipv4.conf.wan0.route_localnet is 1',
    });
    expect(redirected({ 'net.ipv4.conf.wan0.route_localnet': '1' }).disposition.kind).toBe('routed');
    expect(redirected({ 'net.ipv4.conf.all.route_localnet': '1' }).disposition.kind).toBe('routed');
  });
});

describe('the answer to what came for many', () => {
  const PING: Flow = { ...LAN_FLOW, protocol: 'icmp' };
  const routes = ['broadcast 192.168.1.255 dev lan0 table 255'];
  const answer = (state: KernelState, flow: Flow) => {
    const [path] = trace(state, flow, { packets: ['P1', 'R'] }).paths;
    return path?.packets.find(({ name }) => name === 'R')?.end.source;
  };

  it('has an address of the router’s own, where there is one', () => {
    const state = router({ routes, sysctls: { 'net.ipv4.icmp_echo_ignore_broadcasts': '0' } });
    const sources = ['192.168.1.255', '255.255.255.255'].flatMap((destination) =>
      [UDP, PING, LAN_FLOW].map((flow) => answer(state, { ...flow, destination })),
    );
    expect(sources).toEqual([
      ...['192.168.1.1', '192.168.1.1', undefined],
      ...['192.168.1.1', '192.168.1.1', undefined],
    ]);
    expect(answer(router({ routes }), { ...PING, destination: '192.168.1.255' })).toBeUndefined();
    expect(answer(router({ routes }), { ...UDP, destination: '192.168.1.255' })).toBe('192.168.1.1');
  });

  it('has it in IPv6 as well, unless an anycast address may be a source', () => {
    const flow: Flow = { ...PING, family: 'ipv6', protocol: 'icmpv6', in: 'wan0', source: '2001:db8:2::9' };
    const local = { ...route('local 2001:db8:51:: dev wan0 table 255'), type: 'anycast' } as const;
    const at = (sysctls: Readonly<Record<string, string>>) => {
      const state = ipv6Router({ sysctls });
      const routed = { ...state, routes: [...state.routes, local] };
      return answer(routed, { ...flow, destination: '2001:db8:51::' });
    };
    expect(at({})).toBe('2001:db8:51::2');
    expect(at({ 'net.ipv6.anycast_src_echo_reply': '1' })).toBe('2001:db8:51::');
  });
});
