import { describe, expect, it } from 'vitest';
import { snatOnDynamicAddress } from '../../../../src/lint/checks/snat-on-dynamic-address.ts';
import { type Files, messages } from '../machine-of.ts';
import { match, meta, nftRuleset } from '../nft-ruleset.ts';
import { links, nat, ROLES } from './parts.ts';

describe('snat-on-dynamic-address', () => {
  const snat = (device: string, address: string, more: Files = {}) =>
    messages(snatOnDynamicAddress, {
      'rules.v4': nat(`-A POSTROUTING -o ${device} -j SNAT --to-source ${address}`),
      ...more,
    });
  const DHCP = {
    'routes.txt': 'default via 198.51.100.1 dev wan0 proto dhcp\n172.17.0.0/16 dev lan0 scope link\n',
  };

  it('a lease, PPP, an address that is gone, and one that nobody has', () => {
    expect(snat('wan0', '198.51.100.7', DHCP)).toEqual([
      expect.stringContaining("warning: 198.51.100.7 is fixed, but wan0's address changes"),
    ]);
    expect(snat('ppp0', '198.51.100.7')).toEqual([expect.stringContaining('note: 198.51.100.7 is fixed')]);
    expect(snat('wan0', '198.51.100.7', { ...DHCP, 'links.json': links(['wan0', '192.0.2.9', 24]) })).toEqual(
      [expect.stringContaining('warning: 198.51.100.7 is not on this machine')],
    );
    expect(snat('wan0', '198.51.100.7', { 'links.json': links(['wan0', '198.51.100.9', 24]) })).toEqual([
      expect.stringContaining('warning: 198.51.100.7 is in the network of wan0'),
    ]);
  });

  it('fixed addresses, and blocks that are routed to the machine, are silent', () => {
    expect(snat('wan0', '198.51.100.7')).toEqual([]);
    expect(snat('wan0', '198.51.100.7', { 'links.json': links(['wan0', '198.51.100.7', 24]) })).toEqual([]);
    expect(snat('wan0', '203.0.113.66', { 'links.json': links(['wan0', '198.51.100.9', 24]) })).toEqual([]);
    expect(snat('lan0', '172.17.0.1', DHCP)).toEqual([]);
  });

  describe('the address of another uplink', () => {
    const ways = (wan1: string, own: readonly string[]) => ({
      'routes.txt': `default via 198.51.100.1 dev wan0
default via 192.0.2.1 dev wan1 metric 200
198.51.100.0/24 dev wan0 proto kernel scope link
${wan1} dev wan1 proto kernel scope link
172.17.0.0/16 dev lan0 proto kernel scope link
${own.map((one) => `local ${one} table local proto kernel scope host\n`).join('')}`,
    });
    const OWN = ['198.51.100.2 dev wan0', '192.0.2.2 dev wan1', '172.17.0.1 dev lan0', '192.0.2.66 dev lo'];
    const routed = ways('192.0.2.0/24', OWN);
    const listed = {
      'links.json': links(
        ['wan0', '198.51.100.2', 24],
        ['wan1', '192.0.2.2', 24],
        ['lan0', '172.17.0.1', 16],
      ),
    };
    const by = (more: Files, address: string, device = 'wan1') =>
      messages(
        snatOnDynamicAddress,
        { 'rules.v4': nat(`-A POSTROUTING -o ${device} -j SNAT --to-source ${address}`), ...more },
        ROLES,
      );
    const OTHER = [
      'warning: 198.51.100.2 is the address of wan0: what leaves by wan1 with it is dropped by the provider, or answered by wan0',
    ];

    it('is told where the addresses are listed, and where only the local table has them', () => {
      expect(by(listed, '198.51.100.2')).toEqual(OTHER);
      expect(by(routed, '198.51.100.2')).toEqual(OTHER);
    });

    it("is silent for an interface's own address, and for one inside", () => {
      for (const known of [listed, routed]) {
        expect(by(known, '192.0.2.2')).toEqual([]);
        expect(by(known, '172.17.0.1')).toEqual([]);
        expect(by(known, '198.51.100.2', 'tun0')).toEqual([]);
      }
    });

    it('is silent where both uplinks are in one network, or have one address', () => {
      expect(
        by(ways('198.51.100.0/24', ['198.51.100.2 dev wan0', '198.51.100.3 dev wan1']), '198.51.100.2'),
      ).toEqual([]);
      expect(by(ways('192.0.2.0/24', [...OWN, '198.51.100.2 dev wan1']), '198.51.100.2')).toEqual([]);
    });

    it('is told of IPv6, and of nft', () => {
      const six = (address: string) => ({
        'rules.json': nft('ip6', address),
        'routes.txt': `default via fe80::1 dev wan0 metric 1024
default via fe80::1 dev wan1 metric 2048
2001:db8:1::/64 dev wan0 proto kernel metric 256
2001:db8:2::/64 dev wan1 proto kernel metric 256
local 2001:db8:1::2 dev wan0 table local proto kernel metric 0
local 2001:db8:2::2 dev wan1 table local proto kernel metric 0
`,
      });
      expect(messages(snatOnDynamicAddress, six('2001:db8:1::2'), ROLES)).toEqual([
        expect.stringContaining('2001:db8:1::2 is the address of wan0: what leaves by wan1'),
      ]);
      expect(messages(snatOnDynamicAddress, six('2001:db8:2::2'), ROLES)).toEqual([]);
    });
  });

  it('an address that nobody has is told where the local table lists those of the machine', () => {
    const routes = (own: string) => ({
      'routes.txt': `198.51.100.0/24 dev wan0 proto kernel scope link src 198.51.100.9\n${own}`,
    });
    const table = 'local 198.51.100.9 dev wan0 table local proto kernel scope host\n';
    expect(snat('wan0', '198.51.100.7', routes(table))).toEqual([
      expect.stringContaining('warning: 198.51.100.7 is in the network of wan0'),
    ]);
    expect(snat('wan0', '198.51.100.9', routes(table))).toEqual([]);
    // The source of a route is one address of several.
    expect(snat('wan0', '198.51.100.7', routes(''))).toEqual([]);
  });
});

function nft(family: string, address: string): string {
  const rules = [[match(meta('oifname'), 'wan1'), { snat: { addr: address } }]];
  return nftRuleset(family, { hook: 'postrouting', priority: 100, type: 'nat', rules });
}
