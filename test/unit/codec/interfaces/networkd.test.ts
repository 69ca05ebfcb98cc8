import { describe, expect, it } from 'vitest';
import { commandOf, readHooks } from '../../../../src/codec/interfaces/hooks.ts';
import { isNetworkd, networkdHooks, networkdName } from '../../../../src/codec/interfaces/networkd.ts';
import { NETWORK } from './network-file.ts';

const commands = (text: string) => networkdHooks(text).map(commandOf);
function readAll(text: string) {
  const read = readHooks([{ file: 'wan0.network', hooks: networkdHooks(text) }]);
  expect(read.unchecked).toEqual([]);
  return read;
}

const match = (name: string, rest: string) => `[Match]\nName=${name}\n\n${rest}`;

describe('a .network file of systemd-networkd', () => {
  it('is one with interfaces and what is to be done with them', () => {
    expect(isNetworkd(match('wan0', '[Network]\nDHCP=yes\n'))).toBe(true);
    expect(isNetworkd('[Match]\r\nName=a\r\n[RoutingPolicyRule]\r\nTable=7\r\n')).toBe(true);
    expect(isNetworkd('[Match]\nName=a\n[Link]\nMTUBytes=1500\n')).toBe(false);
    expect(isNetworkd('[Interface]\nPrivateKey=x\n')).toBe(false);
    expect(networkdName(match('wan0', '[Network]\n'))).toBe('wan0');
    expect(networkdName('[Network]\nName=other\n')).toBe('');
  });

  it('has policy rules with all that selects, by the family of their addresses', () => {
    expect(commands(NETWORK).filter((command) => command.includes(' rule '))).toEqual([
      'ip -4 rule add from 192.0.2.10 pref 1000 table 101',
      'ip -4 rule add fwmark 0x2/0xff pref 1001 table 102',
      'ip -6 rule add fwmark 0x2/0xff pref 1001 table 102',
      'ip -6 rule add not to 2001:db8::/32 pref 1002 table 104',
      'ip -4 rule add iif lan0 oif wan0 sport 1000-2000 dport 443 ipproto tcp uidrange 1000-1001 pref 1003 tos 0x10 blackhole',
      'ip -4 rule add pref 1004 table main suppress_prefixlength 0',
    ]);
    const { policyRules } = readAll(NETWORK);
    const [first] = policyRules;
    expect(NETWORK.slice(first?.span?.start, first?.span?.end)).toMatch(
      /^\[RoutingPolicyRule\]\n# the [\s\S]*Priority=1000$/,
    );
  });

  it('has routes by its interface, with their tables, and those that come with addresses and gateways', () => {
    const text = match(
      'wan0',
      `[Network]
Address=192.0.2.10/24
Address=192.0.2.11/32
Gateway=192.0.2.1
[Address]
Address=2001:db8::2/64
[Route]
Gateway=192.0.2.1
Table=101
Metric=5
[Route]
Destination=198.51.100.0/24
Gateway=_dhcp4
PreferredSource=192.0.2.10
[Route]
Gateway=_ipv6ra
Table=101
[Route]
Destination=203.0.113.0/24
Type=unreachable
[DHCPv4]
RouteTable=102
RouteMetric=7
[DHCPv6]
UseDNS=no
[IPv6AcceptRA]
RouteTable=103
`,
    );
    expect(commands(text)).toEqual([
      'ip -4 route add 192.0.2.0/24 dev wan0 src 192.0.2.10',
      'ip -4 route add default via 192.0.2.1 dev wan0',
      'ip -6 route add 2001:db8::/64 dev wan0 src 2001:db8::2',
      'ip -4 route add default via 192.0.2.1 dev wan0 metric 5 table 101',
      'ip -4 route add 198.51.100.0/24 dev wan0 src 192.0.2.10',
      'ip -6 route add default dev wan0 table 101',
      'ip -4 route add unreachable 203.0.113.0/24',
      'ip -4 route add default dev wan0 table 102 metric 7',
      'ip -6 route add default dev wan0 table 103',
    ]);
    expect(readAll(text).routes).toHaveLength(9);
  });

  it('has no routes where its interface is not known', () => {
    for (const name of ['wan*', 'wan0 wan1', '!lan0', 'eth[01]'])
      expect(commands(match(name, '[Network]\nGateway=192.0.2.1\n[RoutingPolicyRule]\nTable=7\n'))).toEqual([
        'ip -4 rule add table 7',
      ]);
  });

  it('is told where a rule has what ip would refuse', () => {
    const text = match('a', '[RoutingPolicyRule]\nFrom=somewhere\nTable=7\n');
    const { unchecked } = readHooks([{ file: 'a.network', hooks: networkdHooks(text) }]);
    expect(unchecked.map(({ message }) => message)).toEqual([
      "this command is not read: 'somewhere' is no IPv4 address",
    ]);
  });
});
