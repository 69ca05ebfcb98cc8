import { describe, expect, it } from 'vitest';
import { snatOnDynamicAddress } from '../../../../src/lint/checks/snat-on-dynamic-address.ts';
import { type Files, messages } from '../machine-of.ts';
import { links, nat } from './parts.ts';

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
});
