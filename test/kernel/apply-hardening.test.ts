import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, makeRouter, type Outcome, PROGRAM } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const everything = () => everythingIn(router);

describe('a full disk under the state directory', () => {
  /** In a mount namespace of its own, with a state directory of this size; `fill` runs before the second apply. */
  function applyOn(size: string, first: string, then = ''): Outcome {
    const words = `${PROGRAM} apply -c ${router.folder}/polywan.yaml`;
    const text = router.sh(
      `mkdir -p ${router.folder}/state; unshare -m sh -c 'mount -t tmpfs -o size=${size} none ${router.folder}/state
${first.replaceAll('APPLY', words)}
${then.replaceAll('APPLY', words)}' 2>&1 && echo "code 0" || echo "code $?"`,
    );
    return { code: Number(/code (\d+)\n$/.exec(text)?.[1]), stdout: '', stderr: text };
  }

  const fill = `dd if=/dev/zero of=${'$PWD'}/filler 2>/dev/null`;

  it('refuses before anything is changed', () => {
    router.writeSite();
    const before = everything();
    const result = applyOn('64k', `cd ${router.folder}/state; ${fill}; cd /; exec APPLY`);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('the state directory cannot be used, nothing was changed: ');
    expect(result.stderr).toContain('no space left on the device');
    expect(everything()).toBe(before);
  });

  it.each(['16k', '24k', '32k', '48k', '64k'])(
    'with %s, which some of the records fill, leaves the old state or makes the new one',
    (size) => {
      router.writeSite();
      const before = everything();
      const result = applyOn(size, 'exec APPLY');
      expect(result.stderr).not.toContain('bug');
      if (result.code === 0) return expect(everything()).not.toBe(before);
      expect(result.code).toBe(3);
      expect(result.stderr).toContain('no space left on the device');
      expect(everything()).toBe(before);
    },
  );

  it('leaves what is applied when it fills up later', () => {
    router.writeSite();
    const result = applyOn(
      '1m',
      `APPLY || exit 9; cd ${router.folder}/state; ${fill}; cd /`,
      `ip rule del pref 11001; ip rule > ${router.folder}/damaged; exec APPLY`,
    );
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('no space left on the device');
    expect(router.sh('ip rule')).toBe(readFileSync(join(router.folder, 'damaged'), 'utf8'));
  });
});

const IPV4_SITE = `version: 1
lan: [lan0]
policies: { balanced: { members: [{ wan: fiber }, { wan: cable }] } }
steering: [{ name: rest, policy: balanced }]
`;

function writeFiles(site: string, profiles: Readonly<Record<string, string>>): void {
  mkdirSync(join(router.folder, 'profiles'), { recursive: true });
  writeFileSync(join(router.folder, 'polywan.yaml'), site);
  for (const [name, text] of Object.entries(profiles))
    writeFileSync(join(router.folder, 'profiles', `${name}.yaml`), text);
}

describe('without IPv6', () => {
  const profiles = {
    fiber: 'name: fiber\ninterface: wan0\ngateway: 192.0.2.1\n',
    cable: 'name: cable\ninterface: wan1\ngateway: 198.51.100.1\n',
  };

  it.each(['nftables', 'iptables'])('a site with IPv4 alone is applied and removed by %s', (backend) => {
    writeFiles(`backend: ${backend}\n${IPV4_SITE}`, profiles);
    router.sh('sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1');
    const before = everything();
    expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: '' });
    expect(router.sh('ip -4 rule')).toContain('11001:');
    expect(router.sh('ip -6 rule')).not.toContain('10000:');
    const status = router.polywan(['status']);
    expect(status.code).toBe(0);
    expect(status.stdout).not.toContain('ipv6');
    expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
    expect(router.polywan(['remove']).code).toBe(0);
    expect(everything()).toBe(before);
  });

  it('works too where ip refuses every question about it', () => {
    writeFiles(`backend: nftables\n${IPV4_SITE}`, profiles);
    const shim = router.shim(
      'ip',
      'case " $* " in *" -6 "*) echo "RTNETLINK answers: Address family not supported by protocol" >&2; exit 2;; esac\nexec "$REAL" "$@"',
    );
    const before = everything();
    expect(router.polywan(['apply'], shim)).toMatchObject({ code: 0, stderr: '' });
    expect(router.polywan(['status'], shim).code).toBe(0);
    expect(router.polywan(['remove'], shim).code).toBe(0);
    expect(everything()).toBe(before);
  });

  it('a site that asks for IPv6 is refused by name there, and nothing stays', () => {
    router.writeSite();
    const shim = router.shim(
      'ip',
      'case " $* " in *" -6 "*) echo "RTNETLINK answers: Address family not supported by protocol" >&2; exit 2;; esac\nexec "$REAL" "$@"',
    );
    const before = everything();
    const result = router.polywan(['apply'], shim);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('Address family not supported by protocol');
    expect(everything()).toBe(before);
  });
});

describe('an interface that goes while it is worked on', () => {
  const gone = {
    renamed: 'ip link set wan1 down; ip link set wan1 name usb0; ip link set usb0 up',
    deleted: 'ip link del wan1',
  };
  const moments = {
    'after the check': '"-c -f -"',
    'after the load': '"-f -"',
  };
  const cases = Object.keys(gone).flatMap((how) => Object.keys(moments).map((when) => [how, when] as const));

  it.each(cases)('%s %s: the run goes back, and the next one does without it', (how, when) => {
    router.writeSite();
    const act = `${gone[how as keyof typeof gone]} 2>/dev/null`;
    const pattern = moments[when as keyof typeof moments];
    // The first check asks for features, before the machine is looked at; the second comes before the first change.
    const nth = 'count; [ $n = 1 ] && [ $1 = -c ] && exit $code; ';
    // Without a prompt nft is started for the load alone.
    const script = `case "$*" in "-j -i") exit 1;; ${pattern}) "$REAL" "$@"; code=$?; ${nth}${act}; exit $code;; esac\nexec "$REAL" "$@"`;
    const result = router.polywan(['apply'], router.shim('nft', script));
    expect(router.sh('ip link')).not.toContain(' wan1@');
    expect(result.stderr).not.toContain('bug');
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('the machine is as it was before');
    expect(router.sh('ip rule; ip -6 rule; nft list tables')).not.toMatch(/1100[12]:|polywan/);
    expect(router.sh('ip route show table all proto 87; ip -6 route show table all proto 87')).toBe('');
    const next = router.polywan(['apply']);
    expect(next.code).toBe(0);
    expect(next.stderr).toContain('WAN cable: interface wan1 is not there');
    expect(router.sh('ip route show table 8701')).toContain('default via 192.0.2.1 dev wan0');
    expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
  });
});

it('writes its files of /etc for everybody, whatever umask the administrator has', () => {
  router.writeSite();
  router.sh(`umask 077; ${PROGRAM} apply -c ${join(router.folder, 'polywan.yaml')}`);
  const modes = router.sh(`find ${router.env.POLYWAN_ROOT} -mindepth 1 -printf '%m %P\\n'`);
  expect(modes).toBe(
    '755 etc\n755 etc/iproute2\n755 etc/iproute2/rt_tables.d\n644 etc/iproute2/rt_tables.d/polywan.conf\n',
  );
});

describe('apply --boot', () => {
  const profiles = {
    fiber: 'name: fiber\ninterface: wan0\ngateway: 192.0.2.1\n',
    cable: 'name: cable\ninterface: wan1\ngateway: auto\n',
  };

  it('takes in a gateway that DHCP brings two seconds later', async () => {
    writeFiles(`backend: nftables\n${IPV4_SITE}`, profiles);
    const child = router.start(['apply', '--boot', '--wait', '30s']);
    const done = new Promise((resolve) => child.on('close', resolve));
    await sleep(2000);
    expect(router.sh('ip rule')).not.toContain('11001:');
    router.sh('ip route add default via 198.51.100.1 dev wan1 metric 200');
    expect(await done).toBe(0);
    expect(router.sh('ip route show table all proto 87')).toMatch(
      /default via 198\.51\.100\.1 dev wan1 table 870[12]/,
    );
  });

  it('goes without one that never comes: a warning, and the others are up', () => {
    writeFiles(`backend: nftables\n${IPV4_SITE}`, profiles);
    const result = router.polywan(['apply', '--boot', '--wait', '600ms']);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(
      'profiles/cable.yaml:1: warning: WAN cable: no IPv4 gateway by wan1 is known yet',
    );
    const routes = router.sh('ip route show table all proto 87');
    expect(routes).toContain('default via 192.0.2.1 dev wan0');
    expect(routes).not.toContain('wan1');
  });
});

it('resets a thousand connections of a removed policy one by one, and counts them', () => {
  router.writeSite({ policies: ['balanced', 'web'] });
  expect(router.polywan(['apply']).code).toBe(0);
  const line = (port: number, to: number) =>
    `-I -p tcp -s 203.0.113.9 -d 192.0.2.99 --sport ${port} --dport ${to} --state ESTABLISHED -t 300 -m 0x1000000`;
  const lines = Array.from({ length: 1000 }, (_, at) => line(2000 + at, 8001));
  writeFileSync(join(router.folder, 'connections'), `${[...lines, line(999, 8002)].join('\n')}\n`);
  router.sh(`conntrack -R ${router.folder}/connections`);
  router.writeSite();
  expect(router.polywan(['plan']).stdout).toContain('1000 connections of policy web will be reset');
  expect(router.polywan(['apply']).stdout).toContain('1000 connections of policy web reset');
  const left = router.sh('conntrack -L -p tcp 2>/dev/null');
  expect(left.match(/dport=800\d/g)).toEqual(['dport=8002']);
});

it('leaves nothing in the state directory when it is killed while it resets connections', () => {
  const dying = router.shim('conntrack', '[ "$1" != -R ] || kill -9 "$PPID"\nexec "$REAL" "$@"');
  router.writeSite({ policies: ['balanced', 'web'] });
  expect(router.polywan(['apply']).code).toBe(0);
  router.sh(
    'conntrack -I -p tcp -s 203.0.113.9 -d 192.0.2.99 --sport 2000 --dport 8001 --state ESTABLISHED -t 300 -m 0x1000000',
  );
  router.writeSite();
  expect(router.polywan(['apply'], dying).code).not.toBe(0);
  expect(router.polywan(['remove']).code).toBe(0);
  expect(readdirSync(join(router.folder, 'state'))).toEqual([]);
});
