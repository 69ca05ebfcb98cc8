import { describe, expect, it } from 'vitest';
import { findCarriers } from '../../../src/cli/find-carriers.ts';
import { findUplinks } from '../../../src/cli/find-uplinks.ts';
import type { Link, Route } from '../../../src/kernel/routing.ts';

function link(name: string, more: Partial<Link> = {}): Link {
  return { index: 1, name, up: true, carrier: true, mtu: 1500, pointToPoint: false, ...more };
}

function defaultRoute(device: string, gateway?: string, more: Partial<Route> = {}): Route {
  return {
    family: 'ipv4',
    table: 254,
    type: 'unicast',
    destination: { family: 'ipv4', address: '0.0.0.0', length: 0 },
    metric: 0,
    protocol: 16,
    hops: [{ device, ...(gateway === undefined ? {} : { gateway }) }],
    ...more,
  };
}

const V6 = {
  family: 'ipv6',
  destination: { family: 'ipv6', address: '::', length: 0 },
  protocol: 9,
} as const;

describe('uplinks', () => {
  it('are devices with a default route, one for both families', () => {
    const routes = [defaultRoute('wan0', '192.0.2.1'), defaultRoute('wan0', 'fe80::1', V6)];
    expect(findUplinks([link('wan0')], routes).wans).toEqual([
      {
        interface: 'wan0',
        families: ['ipv4', 'ipv6'],
        gateways: { ipv4: '192.0.2.1', ipv6: 'fe80::1' },
        kind: 'dynamic',
        metered: false,
      },
    ]);
  });

  it('keep a gateway that was written down by hand', () => {
    const { wans } = findUplinks([link('wan0')], [defaultRoute('wan0', '192.0.2.1', { protocol: 4 })]);
    expect(wans[0]?.kind).toBe('static');
  });

  it('follow a gateway of the other family, which no profile can name', () => {
    const { wans } = findUplinks([link('wan0')], [defaultRoute('wan0', 'fe80::1', { protocol: 4 })]);
    expect(wans[0]?.kind).toBe('dynamic');
  });

  it('without a gateway are point-to-point', () => {
    const { wans } = findUplinks([link('ppp0', { pointToPoint: true })], [defaultRoute('ppp0')]);
    expect(wans[0]).toMatchObject({ kind: 'point-to-point', gateways: {} });
  });

  it('are found in a default route with several hops', () => {
    const route = {
      ...defaultRoute('wan0'),
      hops: [
        { device: 'wan0', gateway: '192.0.2.1' },
        { device: 'wwan0', gateway: '198.51.100.1' },
      ],
    };
    const { wans } = findUplinks([link('wan0'), link('wwan0')], [route]);
    expect(wans.map(({ gateways, metered }) => ({ gateways, metered }))).toEqual([
      { gateways: { ipv4: '192.0.2.1' }, metered: false },
      { gateways: { ipv4: '198.51.100.1' }, metered: true },
    ]);
  });

  it('are not told by other tables, other prefixes or unreachable defaults', () => {
    const routes = [
      defaultRoute('a0', '192.0.2.1', { table: 100 }),
      defaultRoute('b0', '192.0.2.1', { destination: { family: 'ipv4', address: '192.0.2.0', length: 24 } }),
      defaultRoute('c0', undefined, { type: 'unreachable' }),
    ];
    expect(findUplinks([link('a0'), link('b0'), link('c0')], routes).wans).toEqual([]);
  });
});

it('what people can sit behind is inside; ports of a bridge, containers and tunnels are not', () => {
  const links = [
    link('lo'),
    link('wan0'),
    link('lan0'),
    link('br0', { kind: 'bridge' }),
    link('lan1', { master: 'br0' }),
    ...['docker0', 'lxdbr0', 'incusbr0', 'br-0123456789ab'].map((name) => link(name, { kind: 'bridge' })),
    ...['vboxnet0', 'vmnet8'].map((name) => link(name)),
    link('wg0', { kind: 'wireguard', pointToPoint: true }),
    link('ifb0', { kind: 'ifb' }),
  ];
  expect(findUplinks(links, [defaultRoute('wan0', '192.0.2.1')]).lan).toEqual(['lan0', 'br0']);
});

describe('what carries an uplink', () => {
  const vlan = { kind: 'vlan' };
  const links = [
    link('eth0'),
    link('eth0.7', vlan),
    link('ppp0', { kind: 'ppp', pointToPoint: true }),
    link('eth1'),
    link('eth1.9', vlan),
    link('cable', { kind: 'veth' }),
  ];
  const listing = [
    { ifname: 'eth0' },
    { ifname: 'eth0.7', link: 'eth0' },
    { ifname: 'eth1.9', link: 'eth1' },
    { ifname: 'cable', link: 'eth1' },
  ];
  const pppoe = 'Id       Address              Device\n0000002A 02:00:5e:00:53:01   eth0.7\n';

  it('is outside as it is, not so what carries networks inside', () => {
    const carried = findCarriers(listing, links, pppoe);
    expect(findUplinks(links, [defaultRoute('ppp0')], carried).lan).toEqual(['eth1', 'eth1.9']);
    const byVlan = findUplinks(
      links,
      [defaultRoute('eth0.7', '192.0.2.1')],
      findCarriers(listing, links, ''),
    );
    expect(byVlan.lan).toEqual(['eth1', 'eth1.9']);
    const bridged = [
      link('eth0'),
      link('eth0.7', { ...vlan, master: 'br0' }),
      link('br0', { kind: 'bridge' }),
    ];
    const ofBridge = findCarriers(listing, bridged, '');
    expect(findUplinks(bridged, [defaultRoute('br0', '192.0.2.1')], ofBridge).lan).toEqual([]);
  });

  it('is inside where it has a network too, and what another end of a cable is called carries nothing', () => {
    const connected = { destination: { family: 'ipv4', address: '198.51.100.0', length: 24 } } as const;
    const routes = [defaultRoute('ppp0'), defaultRoute('eth0', undefined, connected)];
    expect(findUplinks(links, routes, findCarriers(listing, links, pppoe)).lan).toContain('eth0');
    const byCable = findUplinks(links, [defaultRoute('cable')], findCarriers(listing, links, ''));
    expect(byCable.lan).toContain('eth1');
  });
});

it('in a container or namespace the cables with a network are inside', () => {
  const connected = {
    ...defaultRoute('lan0'),
    destination: { family: 'ipv4', address: '192.0.2.0', length: 25 },
    protocol: 2,
  } as const;
  const own = {
    ...connected,
    family: 'ipv6',
    destination: { family: 'ipv6', address: 'fe80::', length: 64 },
  } as const;
  const links = ['lan0', 'lan1'].map((name) => link(name, { kind: 'veth' }));
  expect(findUplinks(links, [connected, { ...own, hops: [{ device: 'lan1' }] }]).lan).toEqual(['lan0']);
});
