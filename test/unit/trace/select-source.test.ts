import { describe, expect, it } from 'vitest';
import type { Address } from '../../../src/kernel/routing.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { ipv6Router } from './ipv6-router.ts';
import { iptables, packetOf, route, router, trace } from './router.ts';

/** `wan0 2001:db8:51::2/64 deprecated`; as the kernel lists them, the one added last first. */
function address(text: string): Address {
  const [device = '', prefix = '', ...flags] = text.split(' ');
  const [host = '', length = ''] = prefix.split('/');
  const scope = host.startsWith('fe80') ? 253 : 0;
  return { device, family: 'ipv6', address: host, length: Number(length), scope, flags };
}

const MASQUERADE = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o wan0 -j MASQUERADE\nCOMMIT\n';

function withAddresses(addresses: readonly string[], sysctls: Readonly<Record<string, string>>): KernelState {
  const routes = ['2001:db8:51::/64 dev wan0'];
  const tables = iptables(MASQUERADE, 'iptables-nft', 'ip6');
  return { ...ipv6Router({ routes, tables, sysctls }), addresses: addresses.map(address) };
}

/** The source of what leaves by wan0: of the router's own, and of what it masquerades. */
function sources(
  addresses: readonly string[],
  destination = '2001:db8:2::9',
  sysctls: Readonly<Record<string, string>> = {},
): readonly string[] {
  const state = withAddresses(addresses, sysctls);
  const flow = { family: 'ipv6', destination, protocol: 'udp', destinationPort: 443 } as const;
  const forwarded = { ...flow, in: 'lan0', source: '2001:db8:6::9' };
  return [flow, forwarded].map((each) => {
    const { disposition } = packetOf(trace(state, each, { packets: ['P1'] }), 'P1');
    return disposition.kind === 'routed' ? disposition.source : disposition.kind;
  });
}

function twice(source: string): readonly string[] {
  return [source, source];
}

describe('the source that IPv6 chooses (observed on 6.18)', () => {
  it('is not deprecated, even if it is of another device', () => {
    const lan = 'lan0 2001:db8:6::1/64';
    expect(sources([lan, 'wan0 2001:db8:51::2/64 deprecated'])).toEqual(twice('2001:db8:6::1'));
    expect(sources([lan, 'wan0 2001:db8:51::2/64'])).toEqual(twice('2001:db8:51::2'));
    expect(sources([`${lan} deprecated`, 'wan0 2001:db8:51::2/64 deprecated'])).toEqual(
      twice('2001:db8:51::2'),
    );
  });

  it('is of the network of the destination, in which no bits count any more', () => {
    const own = ['wan0 2001:db8:51::10/64', 'wan0 2001:db8:51::2/64', 'wan0 2001:db8:99::2/64'];
    expect(sources(own, '2001:db8:51::3')).toEqual(twice('2001:db8:51::10'));
    expect(sources([...own].reverse(), '2001:db8:51::3')).toEqual(twice('2001:db8:51::2'));
    expect(sources(['wan0 2001:db8:51::2/128', ...own], '2001:db8:51::3')).toEqual(twice('2001:db8:51::2'));
  });

  it('is temporary where the device prefers that', () => {
    const own = ['wan0 2001:db8:51::77/64 temporary', 'wan0 2001:db8:51::2/64'];
    const chosen = (value: string) =>
      sources(own, '2001:db8:2::9', { 'net.ipv6.conf.wan0.use_tempaddr': value });
    expect(['0', '1', '2'].map(chosen)).toEqual(
      ['2001:db8:51::2', '2001:db8:51::2', '2001:db8:51::77'].map(twice),
    );
  });

  it('is the link-local one of the device where nothing reaches farther', () => {
    expect(sources(['lan0 fe80::1/64', 'wan0 fe80::2/64'])).toEqual(twice('fe80::2'));
  });
});

describe('the source that IPv4 chooses (observed on 6.18)', () => {
  /** Of the router's own packet, and of one that it masquerades; wan0 has a second address. */
  const chosen = (gateway?: string) => {
    const state = router();
    const hops = [{ device: 'wan0', ...(gateway === undefined ? {} : { gateway }) }];
    const machine: KernelState = {
      ...state,
      addresses: [...state.addresses, { ...address('wan0 192.0.2.2/24'), family: 'ipv4' }],
      routes: [...state.routes, { ...route('192.0.2.0/24 dev wan0'), hops }],
    };
    const own = { family: 'ipv4', destination: '192.0.2.9', protocol: 'udp', destinationPort: 443 } as const;
    const forwarded = { ...own, in: 'lan0', source: '192.168.1.9' };
    const tables = iptables(MASQUERADE, 'iptables-nft');
    return [
      packetOf(trace(machine, own, { packets: ['P1'] }), 'P1').end.source,
      packetOf(trace({ ...machine, tables }, forwarded, { packets: ['P1'] }), 'P1').end.source,
    ];
  };

  it('is that beside the gateway; where there is none of IPv4, masquerade alone asks by the destination', () => {
    expect(chosen('192.0.2.1')).toEqual(['192.0.2.2', '192.0.2.2']);
    expect(chosen()).toEqual(['198.51.100.2', '192.0.2.2']);
    expect(chosen('2001:db8:51::1')).toEqual(['198.51.100.2', '192.0.2.2']);
  });
});
