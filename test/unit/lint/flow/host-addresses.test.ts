import { expect, it } from 'vitest';
import { hostAddresses } from '../../../../src/lint/flow/host-addresses.ts';
import { lint } from '../../../../src/lint/lint.ts';
import { type Files, machineOf } from '../machine-of.ts';
import { mangle, NAT } from './defects.ts';

const routingOf = (rules: string, routes: string) =>
  machineOf({ 'rules.txt': rules, 'routes.txt': routes }).state;

it('without routes and policy rules hosts have the first documentation addresses', () => {
  const { internet, client, inside } = hostAddresses('ipv4');
  expect([internet, client(0), client(1, 1), inside(1)]).toEqual([
    '203.0.113.9',
    '192.0.2.10',
    '192.0.2.27',
    '192.0.2.17',
  ]);
  expect(hostAddresses('ipv6').client(2, 1)).toBe('2001:db8:1:2::11');
});

it('no host has an address of a network that a route or a policy rule names', () => {
  const state = routingOf(
    '0: from all lookup local\n1000: from 198.51.100.10 lookup 102\n1001: from all to 203.0.113.0/24 lookup 102\n',
    'default via 192.0.2.1 dev wan0\n192.0.2.0/24 dev wan0 scope link src 192.0.2.10\n',
  );
  const { internet, visitor, client, inside } = hostAddresses('ipv4', state);
  expect([internet, visitor, client(0), inside(0)]).toEqual([
    '198.18.0.9',
    '198.18.0.77',
    '198.18.5.10',
    '198.18.5.1',
  ]);
});

it('hosts inside and outside are of two networks where the machine has all others', () => {
  const state = routingOf(
    '0: from all lookup local\n1000: from 2001:db8::/33 lookup 102\n',
    'default via 2001:db8:7::1 dev wan0\n2001:2::/48 dev lan0\n',
  );
  const { internet, client } = hostAddresses('ipv6', state);
  expect([internet, client(0)]).toEqual(['2001:db8:fff9::9', '2001:db8:fff1:0::10']);
});

const DEFECT = [
  '-A PREROUTING -j CONNMARK --restore-mark',
  '-A PREROUTING -m mark ! --mark 0 -j ACCEPT',
  '-A PREROUTING -i lan0 -p tcp --dport 443 -m conntrack --ctstate NEW -j MARK --set-mark 2',
  '-A PREROUTING -i lan0 -p tcp --dport 443 -j ACCEPT',
  '-A PREROUTING -j CONNMARK --save-mark',
];

it('a mark is lost before the save on a router that has the documentation addresses itself', () => {
  const files: Files = {
    'rules.v4': mangle(...DEFECT) + NAT,
    'rules.txt':
      '0: from all lookup local\n100: from all fwmark 0x2 lookup 102\n32766: from all lookup main\n',
    'routes.txt': [
      'default via 192.0.2.1 dev wan0',
      '192.0.2.0/24 dev wan0 scope link src 192.0.2.10',
      'default via 198.51.100.1 dev wan1 table 102',
      '',
    ].join('\n'),
  };
  expect(lint(machineOf(files)).map(({ check }) => check)).toContain('accept-before-save');
});
