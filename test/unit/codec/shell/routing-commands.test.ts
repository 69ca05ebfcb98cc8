// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell puts these in
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/codec/shell/read-script.ts';
import { policyRules, readsAll, rules } from './script-rules.ts';

describe('policy rules, routes and nft commands', () => {
  it('are read, with the priorities the kernel gives', () => {
    const script = `echo "200 isp2" >> /etc/iproute2/rt_tables
while ip rule del fwmark 0x2 2>/dev/null; do true; done
ipr() { ip "$@"; }
ip rule add fwmark 0x1/0xff table 200
ip rule add fwmark 0x2 lookup 201 pref 100
ipr -6 ru a fwmark 2 table 201
ROUTE='route add'
ip $ROUTE default via 198.51.100.1 dev wan1 table 200
ip route replace 192.0.2.0/24 dev lan0 table 200
ip route del 192.0.2.0/24 table 200
ip link set wan0 up
`;
    readsAll(script);
    const { policyRules, routes } = readScript(script, 'fw.sh');
    expect(policyRules.map(({ family, priority, selector }) => [family, priority, selector.fwmark])).toEqual([
      ['ipv4', 32765, { value: 1, mask: 0xff }],
      ['ipv4', 100, { value: 2, mask: 0xffffffff }],
      ['ipv6', 32765, { value: 2, mask: 0xffffffff }],
    ]);
    expect(routes.map(({ table, hops }) => [table, hops])).toEqual([
      [200, [{ gateway: '198.51.100.1', device: 'wan1' }]],
    ]);
  });

  const routesOf = (...lines: string[]) =>
    readScript(lines.join('\n'), 'fw.sh').routes.map(
      ({ family, table, destination, hops }) =>
        `${family} ${destination.address}/${destination.length} ${hops[0]?.device} ${table}`,
    );

  it.each([
    ['ip route flush cache', ['wan0 254', 'lan0 254', 'wan0 101', 'wan1 102']],
    ['ip route flush table cache', ['wan0 254', 'lan0 254', 'wan0 101', 'wan1 102']],
    ['ip route flush table 101', ['wan0 254', 'lan0 254', 'wan1 102']],
    ['ip -6 route flush table 101', ['wan0 254', 'lan0 254', 'wan0 101', 'wan1 102']],
    ['ip route flush dev wan0', ['lan0 254', 'wan0 101', 'wan1 102']],
    ['ip route flush dev wan0 table all', ['lan0 254', 'wan1 102']],
    ['ip route flush 192.168.0.0/24', ['wan0 254', 'wan0 101', 'wan1 102']],
    ['ip route flush table main', ['wan0 101', 'wan1 102']],
  ])('%s takes away what it names', (command, left) => {
    const routes = routesOf(
      'ip route add default via 192.0.2.1 dev wan0',
      'ip route add 192.168.0.0/24 dev lan0',
      'ip route add default via 192.0.2.1 dev wan0 table 101',
      'ip route add default via 198.51.100.1 dev wan1 table 102',
      command,
    );
    expect(routes.map((text) => text.replace(/^\S+ \S+ /, ''))).toEqual(left);
  });

  it.each([
    ['its own table has a link to it', ['192.0.2.0/24 dev wan1', '192.0.2.0/24 dev wan0 table 101'], 'wan0'],
    ['main has one', ['192.0.2.0/24 dev wan1', '192.0.2.0/24 dev wan0 table 102'], 'wan1'],
    ['the longest counts', ['192.0.2.0/24 dev wan1', '192.0.2.0/30 dev wan0'], 'wan0'],
    ['one that only another table has', ['192.0.2.0/24 dev wan0 src 192.0.2.2 table 102'], 'wan0'],
    ['not by another gateway', ['192.0.2.0/24 via 198.51.100.1 dev wan1'], undefined],
    ['not by a default of another table', ['default dev ppp0 table 102'], undefined],
  ])('a gateway without a device gets that of its link: %s', (_, links, device) => {
    const add = links.map((link) => `ip route add ${link}`);
    const [first] = routesOf('ip route add default via 192.0.2.1 table 101', ...add);
    expect(first).toBe(`ipv4 0.0.0.0/0 ${device} 101`);
  });

  it('each hop and each family has a device of its own', () => {
    const link = (family: string, network: string, device: string) =>
      `ip ${family} route add ${network} dev ${device}`;
    const { routes } = readScript(
      [
        link('', '192.0.2.0/24', 'wan0'),
        link('', '198.51.100.0/24', 'wan1'),
        link('-6', '2001:db8:1::/64', 'wan2'),
        'ip route add default nexthop via 192.0.2.1 weight 2 nexthop via 198.51.100.1 weight 1',
        'ip -6 route add default via 2001:db8:1::1 table 101',
      ].join('\n'),
      'fw.sh',
    );
    expect(routes.slice(3).map(({ hops }) => hops.map(({ device }) => device))).toEqual([
      ['wan0', 'wan1'],
      ['wan2'],
    ]);
  });

  it('a route that is replaced or changed is one, and another metric is another route', () => {
    const first = 'ip route add default via 192.0.2.1 dev wan0 table 101';
    const second = 'default via 198.51.100.1 dev wan1 table 101';
    expect(routesOf(first, `ip route replace ${second}`)).toEqual(['ipv4 0.0.0.0/0 wan1 101']);
    expect(routesOf(first, `ip route change ${second}`)).toEqual(['ipv4 0.0.0.0/0 wan1 101']);
    expect(routesOf(`ip route change ${second}`)).toEqual([]);
    expect(routesOf(first, `ip route replace ${second} metric 5`)).toHaveLength(2);
    expect(routesOf(first, `ip route append ${second}`)).toHaveLength(2);
    expect(routesOf(first, `ip route append ${second}`, 'ip route del default dev wan1 table 101')).toEqual([
      'ipv4 0.0.0.0/0 wan0 101',
    ]);
  });

  it.each([
    ['ip -6 rule flush', ['ipv4 200 1', 'ipv4 100 2']],
    ['ip rule flush', ['ipv6 100 2']],
    ['ip rule del fwmark 1', ['ipv4 100 2', 'ipv6 100 2']],
    ['ip rule del prio 100', ['ipv4 200 1', 'ipv6 100 2']],
    ['ip rule del from all', ['ipv4 200 1', 'ipv6 100 2']],
    ['ip rule del fwmark 2 prio 200', ['ipv4 200 1', 'ipv4 100 2', 'ipv6 100 2']],
    ['ip rule del fwmark 1 table 102', ['ipv4 200 1', 'ipv4 100 2', 'ipv6 100 2']],
    ['ip rule del table 101', ['ipv4 100 2', 'ipv6 100 2']],
  ])('%s takes the first policy rule that is all it says', (command, left) => {
    const added = `ip rule add fwmark 1 table 101 prio 200
ip rule add fwmark 2 table 102 prio 100
ip -6 rule add fwmark 2 table 102 prio 100
`;
    expect(policyRules(added + command)).toEqual(left);
  });

  it('are made where a list of what is not there fails', () => {
    const script = `iptables -t mangle -nL CHOOSE >/dev/null 2>&1 || iptables -t mangle -N CHOOSE
iptables -t mangle -S CHOOSE || iptables -t mangle -A CHOOSE -j DROP
iptables -t mangle -L PREROUTING || iptables -t mangle -A PREROUTING -j CHOOSE
nft list table inet t || nft add table inet t
nft list chain inet t c || nft 'add chain inet t c { type filter hook input priority 0; }'
nft list chain inet t cc || nft add chain inet t cc
nft list chain inet t c || nft add chain inet t d
nft list ruleset || nft add chain inet t e
`;
    readsAll(script);
    expect(rules(script)).toEqual([]);
    const { tables, nft } = readScript(script, 'fw.sh');
    expect(tables.flatMap(({ chains }) => chains.map(({ name }) => name))).toEqual(['CHOOSE']);
    expect(nft?.text.split('\n').filter((line) => line !== '')).toEqual([
      'add table inet t',
      'add chain inet t c { type filter hook input priority 0; }',
      'add chain inet t cc',
    ]);
  });

  it('are told where what was asked before is up to the machine', () => {
    const told = (script: string) => readScript(script, 'fw.sh').unchecked.map(({ message }) => message);
    const open = 'this command is not read: whether it runs depends on the command before it';
    expect(told('ip route get 192.0.2.1 && ip rule add fwmark 1 table 10\n')).toEqual([open]);
    const within = "nft -f - <<'E'\ntable inet t {\n chain c {\n }\n}\nE\n";
    expect(told(`${within}nft list chain inet t c || nft add chain inet t d\n`)).toEqual([open]);
  });

  it('of nft are gathered as one text, and what is not there is not taken away', () => {
    const script = `nft delete table inet fw 2>/dev/null
nft add table inet fw
nft 'add chain inet fw out { type route hook output priority mangle ; }; add rule inet fw out meta mark set 1'
nft -f - <<EOF
table inet other {
}
EOF
nft list ruleset
`;
    readsAll(script);
    expect(readScript(script, 'fw.sh').nft?.text).toBe(`add table inet fw
add chain inet fw out { type route hook output priority mangle ; }
add rule inet fw out meta mark set 1
table inet other {
}
`);
  });
});
