import { describe, expect, it } from 'vitest';
import { type HookFile, readHooks } from '../../../../src/codec/interfaces/hooks.ts';
import { ifupdownHooks } from '../../../../src/codec/interfaces/ifupdown.ts';
import { wgQuickHooks } from '../../../../src/codec/interfaces/wg-quick.ts';
import { writeIptablesSave } from '../../../../src/codec/iptables/write.ts';
import { ALONE } from '../../../../src/codec/shell/script-state.ts';
import { formatPrefix } from '../../../../src/net/prefix.ts';

const ifupdown = (text: string, file = 'interfaces'): HookFile => ({ file, hooks: ifupdownHooks(text) });
const wgQuick = (text: string, file = 'wg0.conf'): HookFile => ({ file, hooks: wgQuickHooks(text, file) });

/** The rules of tables without their table's name, as iptables-save prints them. */
function rules(...files: readonly HookFile[]): readonly string[] {
  return writeIptablesSave(readHooks(files).tables)
    .split('\n')
    .filter((line) => line.startsWith('-A'));
}

/** `DESTINATION table NUMBER by DEVICE`, with the gateway and the metric of those that have one. */
function routes(...files: readonly HookFile[]): readonly string[] {
  return readHooks(files).routes.map(({ destination, table, metric, hops: [hop] }) =>
    [
      `${formatPrefix(destination)} table ${table} by ${hop?.device}`,
      ...(hop?.gateway === undefined ? [] : [`via ${hop.gateway}`]),
      ...(metric === 0 || metric === 1024 ? [] : [`metric ${metric}`]),
    ].join(' '),
  );
}

function unread(...files: readonly HookFile[]): readonly string[] {
  return readHooks(files).unchecked.map(({ message, span }) => `${span.file}:${span.start} ${message}`);
}

describe('what ifup runs', () => {
  it('is the hooks on the way up, those before the start first', () => {
    const text = `
auto lo eth0
iface lo inet loopback
    up iptables -A INPUT -i lo -j ACCEPT

iface eth0 inet manual
    # up iptables -A INPUT -i was -j ACCEPT
    up iptables -A INPUT -i second -j ACCEPT
    post-up iptables -A INPUT \\
        -i third -j ACCEPT
    pre-up iptables -A INPUT -i first -j ACCEPT
    down iptables -A INPUT -i never -j ACCEPT
    pre-down iptables -A INPUT -i never -j ACCEPT
mapping eth0
    script /bin/up iptables -A INPUT -i mapped -j ACCEPT
`;
    expect(rules(ifupdown(text)).map((rule) => /-i (\w+)/.exec(rule)?.[1])).toEqual([
      'lo',
      'first',
      'second',
      'third',
    ]);
    expect(unread(ifupdown(text))).toEqual([]);
  });

  it('knows the interface and its options, and each hook nothing of the one before', () => {
    const text = `iface wan0 inet static
  address 192.0.2.10
  netmask 255.255.255.0
  route-table 7
  up N=1; ip rule add from $IF_ADDRESS table $IF_ROUTE_TABLE
  up ip route add default via 192.0.2.1 dev "$IFACE" table $IF_ROUTE_TABLE
  up ip rule add fwmark $N table 7
  up iptables -A FORWARD -o \${IFACE} -m comment --comment "$METHOD $MODE $PHASE" -j ACCEPT
`;
    const { policyRules } = readHooks([ifupdown(text)]);
    expect(policyRules.map(({ selector, action }) => [selector.from?.address, action])).toEqual([
      ['192.0.2.10', { kind: 'lookup', table: 7 }],
    ]);
    expect(routes(ifupdown(text))).toContain('0.0.0.0/0 table 7 by wan0 via 192.0.2.1');
    expect(rules(ifupdown(text))).toEqual([
      '-A FORWARD -o wan0 -m comment --comment "static start post-up" -j ACCEPT',
    ]);
    expect(unread(ifupdown(text))).toEqual([expect.stringMatching(/the value of N is not known/)]);
  });

  it.each([
    ['inet', '192.0.2.10/20', '192.0.2.10/255.255.240.0'],
    ['inet6', '2001:db8::2/64', '2001:db8::2/64'],
  ])('knows address and mask apart: %s %s', (family, address, apart) => {
    const command = 'iptables -A INPUT -m comment --comment $IF_ADDRESS/$IF_NETMASK -j ACCEPT';
    const text = `iface wan0 ${family} static\n  address ${address}\n  up ${command}\n`;
    expect(rules(ifupdown(text))).toEqual([`-A INPUT -m comment --comment ${apart} -j ACCEPT`]);
  });

  it('goes on behind a hook that exits', () => {
    const text = 'iface a\n  up exit 0; ip rule add fwmark 1 table 7\n  up ip rule add fwmark 2 table 7\n';
    expect(readHooks([ifupdown(text)]).policyRules.map(({ selector }) => selector.fwmark?.value)).toEqual([
      2,
    ]);
  });

  it('makes the routes of static addresses and gateways', () => {
    const text = `iface lan0 inet static
  address 192.168.7.1
  netmask 255.255.255.0
iface wan0 inet static
  address 192.0.2.10/29
  gateway 192.0.2.9
  metric 20
iface wan0 inet6 static
  address 2001:db8::2
  netmask 64
  gateway fe80::1
iface wan1:2 inet static
  address 198.51.100.2
  netmask 24
iface ppp0 inet static
  address 203.0.113.7
  pointopoint 203.0.113.1
  netmask 255.255.255.0
iface host0 inet static
  address 203.0.113.8
iface odd0 inet static
  address 203.0.113.9
  netmask 255.0.255.0
iface wan2 inet dhcp
  gateway 203.0.113.1
iface no
  address somewhere
  gateway nowhere
`;
    expect(routes(ifupdown(text))).toEqual([
      '192.168.7.0/24 table 254 by lan0',
      '192.0.2.8/29 table 254 by wan0',
      '0.0.0.0/0 table 254 by wan0 via 192.0.2.9 metric 20',
      '2001:db8::/64 table 254 by wan0',
      '::/0 table 254 by wan0 via fe80::1',
      '198.51.100.0/24 table 254 by wan1',
    ]);
    const [first, , third] = readHooks([ifupdown(text)]).routes;
    expect(first?.source).toBe('192.168.7.1');
    expect(text.slice(third?.span?.start, third?.span?.end)).toBe('gateway 192.0.2.9');
    expect(unread(ifupdown(text))).toEqual([]);
  });

  it('is read where lines end as on Windows', () => {
    const text = 'iface a inet static\r\n  address 192.0.2.10/24\r\n  up ip rule add fwmark 1 table 7\r\n';
    expect(readHooks([ifupdown(text)]).policyRules).toHaveLength(1);
    expect(routes(ifupdown(text))).toEqual(['192.0.2.0/24 table 254 by a']);
  });
});

describe('what wg-quick runs', () => {
  it('is the hooks on the way up, with the interface’s name for %i, up to a comment', () => {
    const text = `[Interface]
PrivateKey = secret
PreUp = iptables -A INPUT -i %i -j ACCEPT # first
postup=iptables -A FORWARD -i %i -j ACCEPT; iptables -A FORWARD -o $INTERFACE -j ACCEPT
PostDown = iptables -A INPUT -i never -j ACCEPT
#PostUp = iptables -A INPUT -i was -j ACCEPT
[Peer]
AllowedIPs = 0.0.0.0/0
`;
    const file = wgQuick(text, 'etc/wireguard/tun-7.conf');
    expect(rules(file)).toEqual([
      '-A INPUT -i tun-7 -j ACCEPT',
      '-A FORWARD -i tun-7 -j ACCEPT',
      '-A FORWARD -o tun-7 -j ACCEPT',
    ]);
    const [table] = readHooks([file]).tables;
    const places = table?.chains.flatMap((chain) =>
      chain.rules.map(({ span }) => text.slice(span?.start, span?.end)),
    );
    expect(places?.[0]).toBe('PreUp = iptables -A INPUT -i %i -j ACCEPT');
  });

  it('is not known where the file’s name is not the interface’s', () => {
    const text = '[Interface]\nPostUp = iptables -A FORWARD -i %i -j ACCEPT\n';
    expect(unread(wgQuick(text, 'wg0.conf.j2'))).toEqual([
      'wg0.conf.j2:12 this command is not known from the text: the value of INTERFACE is not known from the text',
    ]);
  });
});

describe('hooks of several files', () => {
  it('make one machine, each rule with its own place', () => {
    const hook = (device: string) =>
      `iface ${device}\n  up iptables -t mangle -A PREROUTING -i ${device} -j ACCEPT\n`;
    const files = ['eth0', 'eth1'].map((device) => ifupdown(hook(device), `interfaces.d/${device}`));
    const [table, ...more] = readHooks(files).tables;
    expect(more).toEqual([]);
    const found = table?.chains.flatMap((chain) => chain.rules.map(({ span }) => span?.file));
    expect(found).toEqual(['interfaces.d/eth0', 'interfaces.d/eth1']);
  });

  it('load what is read by itself, and tell of other files', () => {
    const text = 'iface a\n  pre-up iptables-restore </etc/rules.v4\n  up nft -f /etc/nftables.conf\n';
    expect(unread(ifupdown(text))).toHaveLength(2);
    const beside = new Set(['rules.v4', 'nftables.conf']);
    expect(readHooks([ifupdown(text)], undefined, { ...ALONE, beside }).unchecked).toEqual([]);
  });
});
