import { expect, it } from 'vitest';
import { netplanHooks, netplanNames } from '../../../../src/cli/lint/netplan.ts';
import { commandOf, readHooks } from '../../../../src/codec/interfaces/hooks.ts';

const commands = (text: string) => netplanHooks(text, '01.yaml')?.map(commandOf);

const NETPLAN = `network:
  version: 2
  ethernets:
    lan0:
      addresses: [192.168.7.1/24, 192.168.8.1/32]
    wan0:
      addresses:
        - 192.0.2.10/24
        - "2001:db8:7::2/64": { lifetime: 0 }
      gateway4: 192.0.2.1
      routes:
        - { to: default, via: 192.0.2.1, table: 101 }
        - { to: 203.0.113.0/24, type: unreachable, table: 101 }
        - to: "::/0"
          via: "2001:db8:7::1"
      routing-policy:
        - from: 192.0.2.10
          table: 101
          priority: 1000
        - { to: "2001:db8::/32", table: 104 }
        - { from: 0.0.0.0/0, mark: 7, table: 105, type-of-service: 16 }
    ext:
      match: { macaddress: "02:00:00:00:00:01" }
      set-name: wan1
      dhcp4: true
      routes: [{ to: 0.0.0.0/0, via: 198.51.100.1, metric: 5, table: 102, from: 198.51.100.2 }]
  bridges:
    br0: { interfaces: [lan1] }
`;

it('routes and policy rules of netplan are those it has networkd set up', () => {
  expect(commands(NETPLAN)).toEqual([
    'ip -4 route add 192.168.7.0/24 dev lan0 src 192.168.7.1',
    'ip -4 route add 192.0.2.0/24 dev wan0 src 192.0.2.10',
    'ip -6 route add 2001:db8:7::/64 dev wan0 src 2001:db8:7::2',
    'ip -4 route add default via 192.0.2.1 dev wan0',
    'ip -4 route add default dev wan0 via 192.0.2.1 table 101',
    'ip -4 route add unreachable 203.0.113.0/24 table 101',
    'ip -6 route add ::/0 dev wan0 via 2001:db8:7::1',
    'ip -4 rule add from 192.0.2.10 pref 1000 table 101',
    'ip -6 rule add to 2001:db8::/32 table 104',
    'ip -4 rule add from 0.0.0.0/0 fwmark 7 table 105 tos 0x10',
    'ip -4 route add 0.0.0.0/0 dev wan1 via 198.51.100.1 src 198.51.100.2 metric 5 table 102',
  ]);
  expect(netplanNames(NETPLAN)).toEqual(['lan0', 'wan0', 'wan1', 'br0']);
});

it('each rule stands where the file has it', () => {
  const hooks = netplanHooks(NETPLAN, '01.yaml') ?? [];
  const { policyRules, routes, unchecked } = readHooks([{ file: '01.yaml', hooks }]);
  expect(unchecked).toEqual([]);
  expect([policyRules.length, routes.length]).toEqual([3, 8]);
  const [first] = policyRules;
  expect(NETPLAN.slice(first?.span?.start, first?.span?.end)).toMatch(/^from: 192[\s\S]*priority: 1000$/);
});

it('has no routes where its interface is not known', () => {
  const unnamed = NETPLAN.replace('      set-name: wan1\n', '');
  expect(netplanNames(unnamed)).toEqual(['lan0', 'wan0', 'br0']);
  expect(commands(unnamed)).toEqual(commands(NETPLAN)?.filter((command) => !command.includes('wan1')));
});

it.each([
  ['other YAML', 'version: 1\nlan: [lan0]\n'],
  ['a network of another program', 'network: host\n  routes:\n    - x\n'],
  ['text that is no YAML', 'network:\n\troutes: [\n'],
])('%s is none', (_, text) => {
  expect(commands(text)).toBe(undefined);
});

it('what is no mapping where netplan has one is passed over', () => {
  expect(
    commands('network:\n  version: 2\n  ethernets:\n    eth0: yes\n    eth1:\n      routes: here\n'),
  ).toEqual([]);
});
