import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, withoutCounters } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

describe.each(['iptables-nft', 'iptables-legacy'])('a chain of another program with %s', (program) => {
  const env = { POLYWAN_IPTABLES: program };
  const chains = () => router.sh(`${program} -t mangle -S`);
  const OTHERS = ['-N mine', '-A mine -s 203.0.113.8/32 -j MARK --set-xmark 0x7/0xffffffff'];
  const make = (...rules: readonly string[]) =>
    router.sh([...OTHERS, ...rules].map((rule) => `${program} -t mangle ${rule}\n`).join(''));

  beforeEach(() => {
    router.writeSite({ backend: 'iptables' });
    expect(router.polywan(['apply'], env).code).toBe(0);
  });

  it('that leads to one of polywan keeps all but that jump', () => {
    make('-A mine -j polywan-pre');
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(chains()).not.toContain('polywan-');
    for (const line of OTHERS) expect(chains()).toContain(line);
  });

  it('that is in use and leads to one of polywan is in the way of no apply and no remove', () => {
    make('-A mine -j polywan-pre', '-A PREROUTING -i lan0 -j mine');
    expect(router.polywan(['apply'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(router.polywan(['apply'], env).stdout).toBe('nothing to change\n');
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(chains()).not.toContain('polywan-');
    for (const line of [...OTHERS, '-A PREROUTING -i lan0 -j mine']) expect(chains()).toContain(line);
  });
});

describe('a route of another program in a table that a profile names', () => {
  beforeEach(() => {
    router.writeSite();
    appendFileSync(join(router.folder, 'profiles', 'fiber.yaml'), 'table: 100\n');
  });

  it.each([
    [
      '',
      'default via 192.0.2.77 dev wan0 table 100',
      'default via 192.0.2.77 dev wan0 table 100 (protocol 3)',
    ],
    [
      '',
      'default via 192.0.2.1 dev wan0 table 100 proto static',
      'default via 192.0.2.1 dev wan0 table 100 (protocol 4)',
    ],
    ['', 'blackhole default table 100', 'blackhole default table 100 (protocol 3)'],
    [
      '-6 ',
      'default via 2001:db8:1::3 dev wan0 table 100 metric 1024 mtu 1400',
      'IPv6 default via 2001:db8:1::3 dev wan0 table 100 metric 1024 mtu 1400 (protocol 3)',
    ],
  ])(
    'is not overwritten: plan and apply name it and its cure (ip %sroute add %s)',
    (family, route, named) => {
      router.sh(`ip ${family}route add ${route}`);
      const before = router.listing();
      const refusals = ['plan', 'apply'].map((command) => router.polywan([command]));
      for (const { code, stderr } of refusals) {
        expect(stderr).toContain(
          `profiles/fiber.yaml:1: table 100, where WAN fiber is to have its default, has one of another program: ${named}; take it away with \``,
        );
        expect(code).toBe(3);
      }
      expect(router.listing()).toBe(before);
      router.sh(/`(.*)`/.exec(refusals[0]?.stderr ?? '')?.[1] ?? 'false');
      expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('stays beside that of polywan where it is another one to the kernel', () => {
    const theirs = `default via 192.0.2.77 dev wan0 metric 50
default tos 0x10 via 192.0.2.77 dev wan0
203.0.113.128/25 via 192.0.2.77 dev wan0`.split('\n');
    router.sh(theirs.map((route) => `ip route add ${route} table 100\n`).join(''));
    const before = router.sh('ip route show table 100');
    expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: '' });
    expect(router.sh('ip route show table 100')).toContain('default via 192.0.2.1 dev wan0 proto 87');
    expect(router.polywan(['remove']).code).toBe(0);
    expect(router.sh('ip route show table 100')).toBe(before);
  });

  it('is warned of where its metric is lower', () => {
    router.sh('ip -6 route add default via 2001:db8:1::3 dev wan0 table 100 metric 50');
    const result = router.polywan(['plan']);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(
      "profiles/fiber.yaml:1: warning: WAN fiber: another program's IPv6 default by 2001:db8:1::3 in table 100 has metric 50 and goes before polywan's with 1024; take it away, or give the WAN another table",
    );
  });
});

it('the name that somebody has given to another table stays that table’s, and the file stays', () => {
  router.writeSite();
  const folder = join(router.folder, 'root/etc/iproute2');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'rt_tables'), '255\tlocal\n100\tfiber\n');
  const { code, stderr } = router.polywan(['apply']);
  expect(code).toBe(0);
  expect(stderr).toContain('WAN fiber: /etc/iproute2/rt_tables:2 gives its name to table 100');
  expect(readFileSync(join(folder, 'rt_tables.d/polywan.conf'), 'utf8')).toMatch(/^#.*\n8702\tcable\n$/);
  expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
  expect(router.polywan(['remove'])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(folder, 'rt_tables'), 'utf8')).toBe('255\tlocal\n100\tfiber\n');
});

describe('what somebody has made with the protocol number of polywan', () => {
  const foreign = () => router.sh('ip rule show proto 87; ip route show table 99; ip -6 route show table 99');

  const ROUTES = `
route add default via 192.0.2.1 table 99 proto 87 realms 5/6
route add 198.51.100.0/24 via 192.0.2.1 table 99 proto 87 realms 5
nexthop add id 7 via 192.0.2.1 dev wan0
nexthop add id 8 via 192.0.2.3 dev wan0
nexthop add id 10 group 7/8,2
route add 203.0.113.0/24 nhid 7 table 99 proto 87
route add 203.0.113.128/25 nhid 10 table 99 proto 87
route add 203.0.112.0/25 table 99 proto 87 mtu 1400 nexthop via 192.0.2.1 weight 1 nexthop via 192.0.2.3 weight 2
route add 203.0.112.128/25 via 192.0.2.1 table 99 proto 87 rto_min 20ms quickack 1 congctl cubic features ecn
-6 route add 2001:db8:9::/64 via 2001:db8:1::1 dev wan0 table 99 proto 87 pref high
`.trim();
  const RULES = `
rule add pref 100 lookup 99 proto 87 tun_id 5
rule add pref 101 lookup 99 proto 87 realms 3/4
rule add pref 102 from 192.0.2.0/24 lookup 99 proto 87 realms 4
rule add pref 103 l3mdev proto 87
`.trim();
  const make = (lines: string) => router.sh(lines.replaceAll(/^/gm, 'ip '));

  it.each(['apply', 'remove'])('goes with %s, whatever words it has', (command) => {
    router.writeSite();
    make(`${ROUTES}\n${RULES}`);
    expect(router.polywan([command])).toMatchObject({ code: 0, stderr: '' });
    expect(foreign()).not.toMatch(/ 99\b|^10[0-3]:|203\.0\.113/);
    expect(router.polywan(['remove'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('comes back word by word where the apply goes back, but for words that polywan does not know', () => {
    router.writeSite();
    make(`${ROUTES}\n${RULES}`);
    const before = foreign();
    make('rule add pref 40000 nat 192.0.2.7 proto 87');
    expect(router.polywan(['apply', '--confirm', '60s'])).toMatchObject({ code: 0 });
    const { stdout } = router.polywan(['rollback']);
    expect(stdout).toContain(', but for what has words that polywan cannot write: policy rule 40000: ');
    expect(foreign()).toBe(before);
  });
});

it('leaves a file of its own name that somebody else has written, says so, and does all the rest', () => {
  const file = join(router.folder, 'root/etc/iproute2/rt_tables.d/polywan.conf');
  const TEXT = '8701 mine\n';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, TEXT);
  router.writeSite();
  const warning = `warning: /etc/iproute2/rt_tables.d/polywan.conf was not written by polywan and is left as it is: move it away, so that polywan can write its own\n`;
  const before = withoutCounters(router.listing());
  expect(router.polywan(['plan'])).toMatchObject({ code: 0, stderr: expect.stringContaining(warning) });
  expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: expect.stringContaining(warning) });
  expect(router.sh('ip route show table 8701')).toContain('default via 192.0.2.1');
  expect(router.polywan(['apply'])).toMatchObject({
    code: 0,
    stdout: 'nothing to change\n',
    stderr: expect.stringContaining(warning),
  });
  expect(router.polywan(['status']).stdout).not.toContain('polywan.conf');
  expect(router.polywan(['remove'])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(file, 'utf8')).toBe(TEXT);
  expect(withoutCounters(router.listing())).toBe(before);
});
