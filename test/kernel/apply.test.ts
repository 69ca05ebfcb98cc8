import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, PROGRAM, withoutCounters } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const BACKENDS = [
  { title: 'nftables', backend: 'nftables', env: {} },
  { title: 'iptables-nft', backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-nft' } },
  { title: 'iptables-legacy', backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-legacy' } },
] as const;

/** What other programs have: Tailscale's rules and table, a firewall's nft table, a container engine's chains. */
const FOREIGN = `
for n in 5210 5230 5250; do
  ip rule add pref $n fwmark 0x80000/0xff0000 lookup main; ip -6 rule add pref $n fwmark 0x80000/0xff0000 lookup main
done
ip rule add pref 5270 lookup 52
ip route add 100.64.0.0/10 dev lo table 52
nft 'table inet firewall { chain forward { type filter hook forward priority filter; policy accept; ct state established accept comment "theirs"; }; }'
iptables-nft -N DOCKER-USER; iptables-nft -A DOCKER-USER -j RETURN; iptables-nft -I FORWARD -j DOCKER-USER
iptables-nft -t nat -N DOCKER; iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE
iptables-legacy -t mangle -A FORWARD -p tcp -j RETURN
iptables-legacy -t nat -S; ip6tables-legacy -t mangle -S; ip6tables-legacy -t nat -S
`;

describe.each(BACKENDS)('$title', ({ backend, env }) => {
  it('applies once, and the second apply changes nothing', () => {
    router.writeSite({ backend });
    const first = router.polywan(['apply'], env);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(router.sh('ip rule')).toContain('fwmark 0x1000000/0xff000000 lookup');
    expect(router.sh('ip -6 route show table 8702')).toContain('default via 2001:db8:2::1 dev wan1');
    const listing = router.listing();
    const second = router.polywan(['apply'], env);
    expect(second).toEqual({ code: 0, stdout: 'nothing to change\n', stderr: '' });
    expect(router.polywan(['plan', '--exit-code'], env).code).toBe(0);
    expect(router.polywan(['status'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(router.listing()).toBe(listing);
  });

  it('removes everything again and leaves the machine as it was', () => {
    router.writeSite({ backend });
    const before = router.listing();
    expect(router.polywan(['apply'], env).code).toBe(0);
    expect(router.listing()).not.toBe(before);
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(router.listing().replace(/\S+\/root\n$/, '')).toBe(before);
    expect(router.polywan(['remove'], env).stdout).toBe('nothing of polywan is on this machine\n');
  });

  it('leaves no file behind in the state directory, nor the directory', () => {
    router.writeSite({ backend });
    // Each command in a namespace has a view of its own of what is mounted: one shell sees one /run.
    const said = router.sh(
      `mount -t tmpfs none /run; unset POLYWAN_STATE_DIR; polywan() { ${PROGRAM} "$@" -c ${router.folder}/polywan.yaml; }
      polywan apply >/dev/null; ls /run/polywan; polywan remove >/dev/null; ls -d /run/polywan || echo gone`,
    );
    expect(said).toMatch(/^applied\.json\n(backend\.json\n)?gone\n$/);
  });

  it('leaves none there either where a run was killed while it wrote a record', () => {
    router.writeSite({ backend });
    expect(router.polywan(['apply'], env).code).toBe(0);
    const state = join(router.folder, 'state');
    for (const name of ['applied', 'journal', 'pending'])
      writeFileSync(join(state, `.${name}.json.${2 ** 22 + 1}-1.tmp`), '{"version"');
    expect(router.polywan(['remove'], env).code).toBe(0);
    expect(readdirSync(state)).toEqual([]);
  });

  it('touches nothing of other programs through apply, change and remove', () => {
    router.sh(FOREIGN);
    const legacy = () => withoutCounters(router.sh('iptables-legacy-save; ip6tables-legacy-save'));
    const before = router.listing() + legacy();
    router.writeSite({ backend });
    expect(router.polywan(['apply'], env).code).toBe(0);
    router.writeSite({ backend, weights: [7, 1], policies: ['balanced', 'web'] });
    const change = router.polywan(['apply'], env);
    expect(change.code).toBe(0);
    expect(change.stdout).toContain('applied by');
    const applied = router.listing() + legacy();
    for (const theirs of [
      '5270:',
      '100.64.0.0/10',
      'comment "theirs"',
      '-A FORWARD -j DOCKER-USER',
      '-s 172.17.0.0/16',
    ])
      expect(applied).toContain(theirs);
    expect(router.polywan(['remove'], env).code).toBe(0);
    expect((router.listing() + legacy()).replace(/\S+\/root\n/, '')).toBe(before);
  });
});

it('restores what `nft flush ruleset` and `ip rule flush` took away', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  const applied = router.listing();
  router.sh('nft flush ruleset; ip rule del pref 11001; ip route flush table 8702');
  const drifted = router.polywan(['status']);
  expect(drifted.code).toBe(1);
  expect(drifted.stdout).toContain('+ nft table inet polywan');
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.listing()).toBe(applied);
});

it('exchanges only map elements when only weights differ, and keeps remembered clients', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  const sets = router.sh('nft list sets table inet polywan');
  const sticky = /set (\S*sticky\S*ipv4|\S*sticky\S*4\S*) \{/.exec(sets)?.[1];
  expect(sticky).toBeDefined();
  router.sh(`nft add element inet polywan ${sticky} '{ 203.0.113.9 timeout 10m expires 5m }'`);
  router.writeSite({ weights: [1, 3] });
  const plan = router.polywan(['plan']);
  expect(plan.stdout).toContain('~ elements of map');
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.sh(`nft list set inet polywan ${sticky}`)).toContain('203.0.113.9');
  router.writeSite({ weights: [1, 3], policies: ['balanced', 'web'] });
  expect(router.polywan(['plan']).stdout).toContain('~ nft table inet polywan');
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.sh(`nft list set inet polywan ${sticky}`)).toMatch(/203\.0\.113\.9.*expires [1-4]m/);
  expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
});

it('changes the backend both ways and leaves nothing of the old one', () => {
  router.writeSite({ backend: 'iptables' });
  const iptables = { POLYWAN_IPTABLES: 'iptables-nft' };
  expect(router.polywan(['apply'], iptables).code).toBe(0);
  router.writeSite({ backend: 'nftables' });
  expect(router.polywan(['apply'], iptables).code).toBe(0);
  expect(router.sh('iptables-nft-save; ip6tables-nft-save')).not.toContain('polywan');
  expect(router.sh('nft list tables')).toBe('table inet polywan\n');
  router.writeSite({ backend: 'iptables' });
  expect(router.polywan(['apply'], iptables).code).toBe(0);
  expect(router.sh('nft list tables')).not.toContain('inet polywan');
  expect(router.sh('iptables-nft-save')).toContain('polywan');
});

it('gives sysctls back only where they still have its value', () => {
  router.writeSite();
  router.sh('sysctl -qw net.ipv4.conf.wan1.rp_filter=1 net.ipv4.conf.wan1.src_valid_mark=0');
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.sh('sysctl -n net.ipv4.ip_forward net.ipv4.conf.wan1.src_valid_mark')).toBe('1\n1\n');
  router.writeSite({ wans: ['fiber'] });
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.sh('sysctl -n net.ipv4.conf.wan1.src_valid_mark')).toBe('0\n');
  router.sh('sysctl -qw net.ipv4.ip_forward=0; sysctl -qw net.ipv4.ip_forward=1');
  expect(router.polywan(['remove']).code).toBe(0);
  expect(router.sh('sysctl -n net.ipv4.ip_forward')).toBe('0\n');
});

describe('on a router that forwards by some of its interfaces alone and takes no redirects', () => {
  const settings = ['default', 'wan0', 'wan1', 'lan0', 'lan1/5'].flatMap((device) =>
    ['ipv4', 'ipv6'].map((family) => `net/${family}/conf/${device.replace('/', '.')}/forwarding`),
  );
  const all = `sysctl net/ipv4/ip_forward net/ipv4/conf/all/accept_redirects net/ipv6/conf/all/forwarding ${settings.join(' ')}`;
  let before: string;

  beforeEach(() => {
    router.writeSite();
    router.sh(
      [
        'ip link add lan1.5 type veth peer name far-lan1',
        'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.all.accept_redirects=0',
        ...['wan0', 'lan0', 'lan1.5'].map(
          (device) => `sysctl -qw net/ipv4/conf/${device}/forwarding=1 net/ipv6/conf/${device}/forwarding=1`,
        ),
      ].join('\n'),
    );
    before = router.sh(all);
  });

  it('remove gives all of that back, also what was left to another apply in between', () => {
    expect(router.polywan(['apply']).code).toBe(0);
    expect(router.sh('sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding')).toBe('1\n1\n');
    router.writeSite({ wans: ['fiber'] });
    expect(router.polywan(['apply']).code).toBe(0);
    expect(router.polywan(['remove']).code).toBe(0);
    expect(router.sh(all)).toBe(before);
  });

  it('so does a site without IPv6, and a rollback, each for its part', () => {
    expect(router.polywan(['apply', '--confirm', '1m']).code).toBe(0);
    expect(router.polywan(['rollback']).code).toBe(0);
    expect(router.sh(all)).toBe(before);
    expect(router.polywan(['apply']).code).toBe(0);
    router.sh(
      `sed -i 's/^families: both/families: ipv4/; s/^gateway.*/gateway: auto/' ${router.folder}/profiles/*`,
    );
    expect(router.polywan(['apply']).code).toBe(0);
    const ipv6 = (text: string) => text.split('\n').filter((line) => line.includes('ipv6'));
    expect(ipv6(router.sh(all))).toEqual(ipv6(before));
    expect(router.sh('sysctl -n net.ipv4.ip_forward')).toBe('1\n');
    expect(router.polywan(['remove']).code).toBe(0);
    expect(router.sh(all)).toBe(before);
  });

  it('what was changed since stays so', () => {
    expect(router.polywan(['apply']).code).toBe(0);
    router.sh('sysctl -qw net.ipv4.conf.lan0.forwarding=0 net.ipv4.conf.all.accept_redirects=1');
    expect(router.polywan(['remove']).code).toBe(0);
    expect(router.sh('sysctl -n net.ipv4.conf.wan0.forwarding net.ipv4.conf.lan0.forwarding')).toBe('1\n0\n');
    expect(router.sh('sysctl -n net.ipv4.conf.all.accept_redirects')).toBe('1\n');
  });
});

it.each(['nftables', 'iptables'] as const)(
  'takes interfaces that a wildcard covers as one with it with %s',
  (backend) => {
    router.writeSite({ backend });
    const lans = '[lan0, "lan+", lan0, "lan0+"]';
    router.sh(
      `sed -i 's/^lan: .*/lan: ${lans}/; s/^steering:/&\\n  - { name: inside, in: ${lans}, policy: balanced }/' ${router.folder}/polywan.yaml`,
    );
    expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: '' });
    expect(router.polywan(['plan', '--exit-code'])).toMatchObject({ code: 0 });
  },
);

it('takes the MTU of the default routes it follows into the tables of their WANs', () => {
  router.writeSite();
  router.sh(`sed -i 's/^gateway: .*/gateway: auto/' ${router.folder}/profiles/fiber.yaml`);
  for (const mtu of [1300, 1400]) {
    router.sh(`ip route replace default via 192.0.2.1 dev wan0 mtu ${mtu}`);
    router.sh(`ip -6 route replace default via 2001:db8:1::1 dev wan0 mtu ${mtu}`);
    expect(router.polywan(['apply']).code).toBe(0);
    for (const family of [4, 6])
      expect(router.sh(`ip -${family} route show table 8701`)).toMatch(RegExp(`^default via .* mtu ${mtu}`));
    expect(router.polywan(['plan', '--exit-code']).code).toBe(0);
  }
});

it('writes a snapshot of the whole machine', () => {
  router.sh(FOREIGN);
  const { code, stdout } = router.polywan(['snapshot']);
  expect(code).toBe(0);
  const { state } = JSON.parse(stdout);
  expect(state.policyRules.filter((rule: { priority: number }) => rule.priority === 5270)).toHaveLength(1);
  const tables = state.tables.map(
    (table: { frontend: string; family: string; name: string }) =>
      `${table.frontend} ${table.family} ${table.name}`,
  );
  for (const table of ['nft inet firewall', 'iptables-nft ip nat', 'iptables-legacy ip mangle'])
    expect(tables).toContain(table);
});
