import { describe, expect, it } from 'vitest';
import { machineOf } from './machine-of.ts';

const NAT = '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o ppp+ -j MASQUERADE\nCOMMIT\n';

function roles(files: Readonly<Record<string, string>>, around = {}) {
  return machineOf(files, around).roles;
}

describe('interfaces by role', () => {
  it('an interface that is masqueraded out of is an uplink, a beginning of names with it', () => {
    expect(roles({ 'rules.v4': NAT }).wans).toEqual(['ppp*']);
  });

  it('an interface by which only what was forwarded, or what is for one network, is translated is no uplink', () => {
    const rules = `*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o eth0 -j MASQUERADE
-A POSTROUTING -s 192.168.1.0/24 -d 192.168.1.10/32 -o eth1 -j MASQUERADE
-A POSTROUTING -s 192.168.1.0/24 -o eth2 -m conntrack --ctstate DNAT -j MASQUERADE
COMMIT
`;
    const found = roles({ 'rules.v4': rules });
    expect(found.wans).toEqual(['eth0']);
    expect(found.lans).toEqual(['eth1', 'eth2']);
  });

  it('an interface with a default route is an uplink, also in another table', () => {
    const routes =
      'default via 192.0.2.1 dev eth0\n198.51.100.0/24 dev eth1\ndefault via 198.51.100.1 dev eth1 table 7\n192.168.1.0/24 dev eth2\n';
    const found = roles({ 'routes.txt': routes });
    expect(found.wans).toEqual(['eth0', 'eth1']);
    expect(found.lans).toEqual(['eth2']);
  });

  it('an interface whose connections get a mark of their own is an uplink; one inside is not', () => {
    const rules = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -j MARK --set-mark 1
-A PREROUTING -i eth1 -m conntrack --ctstate NEW -j MARK --set-mark 2
-A PREROUTING -i eth5 -p tcp -j MARK --set-mark 3
-A PREROUTING -i lan0 -j MARK --set-mark 4
COMMIT
`;
    const found = roles({ 'rules.v4': rules });
    expect(found.wans).toEqual(['eth0', 'eth1']);
    expect(found.lans).toEqual(
      ['lan0', 'eth5'].sort((a, b) => found.lans.indexOf(a) - found.lans.indexOf(b)),
    );
  });

  it('an interface that is marked as a whole is inside where defaults leave by several others', () => {
    const files = {
      'rules.v4':
        '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth2 -j MARK --set-mark 0x31\nCOMMIT\n',
      'routes.txt':
        'default via 192.0.2.1 dev eth0\ndefault via 198.51.100.1 dev eth1 table 7\n192.168.1.0/24 dev eth2\n',
    };
    expect(roles(files).wans).toEqual(['eth0', 'eth1']);
    expect(roles(files).lans).toEqual(['eth2']);
  });

  it('an interface whose hosts are marked by their source is inside, whatever else is marked there', () => {
    const rules = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth2 -s 172.16.0.0/24 -j MARK --set-mark 0x36
-A PREROUTING -i eth2 -j MARK --set-mark 0x31
-A PREROUTING -i eth1 -m conntrack --ctstate NEW -j MARK --set-mark 0x32
COMMIT
`;
    const found = roles({ 'rules.v4': rules });
    expect(found.wans).toEqual(['eth1']);
    expect(found.lans).toEqual(['eth2']);
  });

  it('where packets are marked by the only interfaces that are named, these may be uplinks or inside', () => {
    const rules = (what: string) => `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth1 -m conntrack --ctstate NEW -j ${what} --set-mark 1
-A PREROUTING -p udp -j MARK --set-mark 2
COMMIT
`;
    const found = roles({ 'rules.v4': rules('MARK') });
    expect([found.wans, found.lans]).toEqual([['eth1'], []]);
    expect([found.otherwise?.wans, found.otherwise?.lans]).toEqual([[], ['eth1']]);
    expect(roles({ 'rules.v4': rules('CONNMARK') }).otherwise).toBeUndefined();
  });

  it('bridges of containers and tunnels of programs are neither', () => {
    const rules =
      '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i docker0 -o eth9 -j ACCEPT\n-A FORWARD -i tailscale0 -j ACCEPT\nCOMMIT\n';
    expect(roles({ 'rules.v4': rules }).others).toEqual(['docker0', 'tailscale0']);
  });

  it('settings win, and nothing is guessed of what they name', () => {
    const found = roles({ 'rules.v4': NAT }, { wan: ['dsl7'], lan: ['ppp1'] });
    expect(found.wans).toEqual(['dsl7']);
    expect(found.lans).toEqual(['ppp1']);
    expect(found.guessed).toEqual([]);
  });

  it('a port of a bridge, which has the address of the link alone, is not inside', () => {
    const links = JSON.stringify(
      [
        ['br0', '192.168.1.1', 24, 'global', 'inet'],
        ['eth7', 'fe80::7', 64, 'link', 'inet6'],
        ['lan1', 'fe80::1', 64, 'link', 'inet6'],
      ].map(([ifname, local, prefixlen, scope, family], at) => ({
        ifindex: at + 1,
        ifname,
        flags: ['UP'],
        mtu: 1500,
        operstate: 'UP',
        addr_info: [{ family, local, prefixlen, scope }],
      })),
    );
    const rules =
      '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i eth7 -j ACCEPT\n-A FORWARD -i lan1 -j ACCEPT\nCOMMIT\n';
    const found = roles({ 'links.json': links, 'rules.v4': rules });
    expect(found.lans).toEqual(['br0']);
    expect(found.others).toEqual(expect.arrayContaining(['eth7', 'lan1']));
  });

  it('what was guessed is said', () => {
    expect(roles({ 'rules.v4': NAT }).guessed).toEqual([
      'ppp* is taken for an uplink: addresses are translated on the way out by it',
    ]);
  });
});
