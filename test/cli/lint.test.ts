import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BAD, folder, lint, NOT_CHECKED, read, save, write } from './lint-folder.ts';
import { execute, LAUNCHER, polywan } from './polywan.ts';

describe('inputs', () => {
  it('are files, folders with all below them, patterns and standard input', () => {
    write('a/rules.v4', save('filter', BAD));
    write('a/notes.txt', 'nothing of interest\n');
    write('b/deep/fw.sh', NOT_CHECKED);
    write('b/.git/rules.v4', save('filter', BAD));
    expect(lint(folder)).toMatchObject({
      code: 1,
      findings: ['bad-suppression a/rules.v4:3', 'script-not-fully-checked b/deep/fw.sh:2'],
      stderr: '',
    });
    expect(lint(join(folder, 'a/rules.v4')).findings).toEqual(['bad-suppression a/rules.v4:3']);
    expect(lint(join(folder, '**/*.sh')).findings).toEqual(['script-not-fully-checked b/deep/fw.sh:2']);
    const { stdout, status } = spawnSync(LAUNCHER, ['lint', '-'], {
      input: save('filter', BAD),
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toContain('<stdin>:3:');
  });

  it('leave nothing behind, as nft’s prompt would in the home of whoever uses it', () => {
    const file = write('rules.nft', 'table inet a {\n}\n');
    const home = join(folder, 'home');
    mkdirSync(home);
    expect(polywan(['lint', file], { HOME: home })).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(home)).toEqual([]);
  });

  it('of shell commands have their tables by name', () => {
    const file = write(
      'fw.sh',
      'ip rule add fwmark 1 table isp1\niptables -t mangle -A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-mark 1\n',
    );
    const { stdout } = polywan(['lint', file]);
    expect(stdout.replace(/\s+/g, ' ')).toContain('(isp1 by wan-of-table-isp1, main by wan-of-main)');
  });

  it('of policy rules have the names of tables in what is told and in the cure', () => {
    const file = write(
      'rules.txt',
      '0:\tfrom all lookup local\n100:\tfrom 192.0.2.2 lookup isp1\n100:\tfrom all fwmark 0x2 lookup isp2\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    );
    const { stdout } = polywan(['lint', file]);
    expect(stdout).toContain('100: from 192.0.2.2 lookup isp1\n');
    expect(stdout).toContain('    ip rule add from all fwmark 0x2 lookup isp2 priority 101\n');
  });

  it('that cannot be read are told with their place, and the rest is checked', () => {
    write('good/rules.v4', save('filter', BAD));
    const broken = write('broken.v4', '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j\nCOMMIT\n');
    const report = lint(folder, join(folder, 'none.v4'), join(folder, 'none/*.v4'));
    expect(report).toMatchObject({ code: 2, findings: ['bad-suppression good/rules.v4:3'] });
    expect(report.stderr).toContain("broken.v4:3:12: '-j' needs a name\n  -A FORWARD -j\n");
    expect(report.stderr).toContain('cannot read none.v4: no such file');
    expect(report.stderr).toContain('cannot read none/*.v4: no file matches');
    expect(polywan(['lint', broken])).toMatchObject({ code: 2 });
  });

  it('of no known kind are errors where they are named, and passed over in folders', () => {
    const file = write('notes.txt', 'nothing of interest\n');
    write('picture.png', 'PNG\0\0');
    expect(polywan(['lint', file])).toMatchObject({ code: 2 });
    expect(polywan(['lint', file]).stderr).toContain('notes.txt: this is none of');
    const { code, stderr } = polywan(['lint', folder]);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot find anything that lint reads');
    expect(stderr).toContain('(2 files are of no kind it knows)');
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const rules = write('more/rules.v4', save('filter'));
    expect(polywan(['lint', join(folder, 'more'), empty, rules])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^polywan: cannot find anything that lint reads in \S+empty\n$/),
    });
    expect(polywan(['lint', rules, join(folder, 'more'), folder])).toMatchObject({ code: 0, stderr: '' });
  });

  it('are found once, whatever links lead back', () => {
    write('a/rules.v4', save('filter', BAD));
    symlinkSync(folder, join(folder, 'a/again'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'a/broken'));
    expect(lint(folder)).toMatchObject({ code: 1, findings: ['bad-suppression a/rules.v4:3'] });
  });

  it('may be a whole machine as it is now', () => {
    const namespace = `polywan-lint-${process.pid}`;
    execute('ip', ['netns', 'add', namespace]);
    try {
      const inside = (...words: readonly string[]) => execute('ip', ['netns', 'exec', namespace, ...words]);
      inside('iptables-nft', '-A', 'FORWARD', '-j', 'ACCEPT', '-m', 'comment', '--comment', BAD);
      inside(
        'nft',
        'add table inet fw; add chain inet fw c; add rule inet fw c counter accept comment "polywan:ignore=no-such why"',
      );
      const report = read(inside(LAUNCHER, 'lint', '--live', '--json'));
      expect(report.findings).toContain('bad-suppression iptables-nft-save:5');
      expect(report.findings).toContain('bad-suppression nft list ruleset:3');
    } finally {
      execute('ip', ['netns', 'delete', namespace]);
    }
  });
});

describe('a site with its profiles', () => {
  const SITE =
    'version: 1\nlan: [lan0]\npolicies:\n  balanced: { members: [{ wan: fiber }, { wan: cable }] }\nsteering: [{ name: rest, policy: balanced }]\n';
  const profile = (name: string, device: string, gateway: string, ...lines: readonly string[]) =>
    write(
      `profiles/${name}.yaml`,
      [`name: ${name}`, `interface: ${device}`, `gateway: ${gateway}`, 'masquerade: ipv4', ...lines, ''].join(
        '\n',
      ),
    );
  const REASON = '# polywan-ignore probe-target-elsewhere: it is on purpose';
  const OTHERS_GATEWAY = 'probes: [{ ping: 192.0.2.1 }]';

  it('is one machine: a profile is judged where its site is, and once', () => {
    write('polywan.yaml', SITE);
    profile('fiber', 'wan0', '192.0.2.1', 'probes: [{ ping: 203.0.113.1 }]');
    profile('cable', 'wan1', '198.51.100.1', REASON, OTHERS_GATEWAY);
    expect(polywan(['lint', folder])).toMatchObject({ code: 0, stdout: 'nothing wrong; 1 suppressed\n' });
    profile('cable', 'wan1', '198.51.100.1', 'gatewya: 1', REASON, OTHERS_GATEWAY);
    expect(lint(folder).findings).toEqual(['config-invalid profiles/cable.yaml:5']);
  });

  it('keeps a suppression that only the whole site can have a use for, when a profile is read alone', () => {
    const file = profile('cable', 'wan1', '198.51.100.1', REASON, OTHERS_GATEWAY);
    expect(polywan(['lint', file])).toMatchObject({ code: 0 });
  });
});

describe('which files are one machine', () => {
  function machines(...words: readonly string[]): number {
    const { stdout } = polywan(['lint', ...words]);
    return Number(/ in (\d+) machines/.exec(stdout)?.[1] ?? 1);
  }

  it('is what stands in one folder or is named together', () => {
    const v4 = write('a/rules.v4', save('filter'));
    const v6 = write('b/rules.v6', `# Generated by ip6tables-save v1.8.9\n${save('filter')}`);
    write('a/rules.v6', `# Generated by ip6tables-save v1.8.9\n${save('filter')}`);
    write(
      'a/ip-rules.txt',
      '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    );
    expect(machines(join(folder, 'a'))).toBe(1);
    expect(machines(v4, v6)).toBe(1);
    expect(machines(folder)).toBe(2);
  });

  it('is each of its own where two say the whole of the same table', () => {
    write('east.v4', save('mangle'));
    write('east-nat.v4', save('nat'));
    write('west.v4', save('mangle'));
    write('north.nft', 'flush ruleset\ntable inet a {\n}\n');
    write('south.nft', 'flush ruleset\ntable inet b {\n}\n');
    write('fw.sh', NOT_CHECKED);
    // east has two files, and no two of the rest are called alike.
    expect(machines(folder)).toBe(6);
  });

  it('a script that says iptables is beside rules of either front end', () => {
    const script = (table: string) =>
      `#!/bin/sh\niptables -t ${table} -A POSTROUTING -o wan0 -j TTL --ttl-set 64\n`;
    const rules = save('mangle').replace(
      /^/,
      '# Generated by iptables-save v1.8.9 on Sat Nov 21 08:00:00 2026\n',
    );
    write('rules.v4', rules);
    write('fw.sh', script('mangle'));
    expect(machines(folder)).toBe(2);
    write('fw.sh', script('nat').replace('TTL --ttl-set 64', 'MASQUERADE'));
    expect(machines(folder)).toBe(1);
    expect(lint(folder).findings).toEqual([]);
  });

  it('is made by what its interfaces run, and by the rules that they load', () => {
    const wan = (device: string, net: string, mark: number, hooks: readonly string[] = []) =>
      [
        `auto ${device}`,
        `iface ${device} inet static`,
        `  address ${net}.2/24`,
        `  up ip route add default via ${net}.1 dev $IFACE table 10${mark}`,
        `  up ip rule add fwmark ${mark} table 10${mark}`,
        ...hooks.map((hook) => `  up ${hook}`),
        '',
      ].join('\n');
    const mangle = 'iptables -t mangle -A PREROUTING';
    write('interfaces.d/lan0', 'iface lan0 inet static\n  address 192.168.7.1/24\n  up ip rule\n');
    write('interfaces.d/wan0', `${wan('wan0', '192.0.2', 1)}  gateway 192.0.2.1\n`);
    write(
      'interfaces.d/wan1',
      wan('wan1', '198.51.100', 2, [
        'iptables-restore </etc/iptables/nat.v4',
        `${mangle} -j CONNMARK --restore-mark`,
        `${mangle} -i lan0 -m conntrack --ctstate NEW -j MARK --set-mark 2`,
        `${mangle} -i lan0 -p udp -j ACCEPT`,
        `${mangle} -j CONNMARK --save-mark`,
      ]),
    );
    write('interfaces.d/nat.v4', '*nat\n-A POSTROUTING -o wan+ -j MASQUERADE\nCOMMIT\n');
    expect(machines(folder)).toBe(1);
    expect(lint(folder).findings).toEqual(['accept-before-save interfaces.d/wan1:9']);
  });

  it('has the routes of a listing, and of its interfaces those that the listing lacks', () => {
    write(
      '01.yaml',
      `network:
  ethernets:
    wan0:
      gateway4: 192.0.2.1
      routes: [{ to: default, via: 192.0.2.1, table: 101 }]
      routing-policy: [{ from: 0.0.0.0/0, mark: 7, table: 105 }]
`,
    );
    const said = () =>
      /leave by \w+ instead/.exec(polywan(['lint', folder]).stdout.replace(/\s+/g, ' '))?.[0];
    write('routes.txt', '192.168.7.0/24 dev lan0 proto kernel scope link\n');
    expect(said()).toBe('leave by wan0 instead');
    const defaults =
      'default via 198.51.100.1 dev wan1 metric 50\ndefault via 192.0.2.1 dev wan0 metric 100\n';
    write('routes.txt', `${defaults}192.168.7.0/24 dev lan0 proto kernel scope link\n`);
    expect(said()).toBe('leave by wan1 instead');
  });

  it('has the variables that a file beside a script gives it', () => {
    const script = '#!/bin/sh\n. ./uplinks.conf\niptables -t mangle -A PREROUTING -i $WAN -j NOTHING\n';
    write('fw.sh', script);
    const unread = 'script-not-fully-checked fw.sh';
    expect(lint(folder).findings).toEqual([`${unread}:2`, `${unread}:3`]);
    write('uplinks.conf', 'WAN=wan0\n');
    expect(lint(folder).findings).toEqual(['unknown-target fw.sh:3']);
    write('uplinks.conf', 'WAN=wan0\nreboot\n');
    expect(lint(folder).findings).toEqual([`${unread}:2`, `${unread}:3`]);
  });

  it('is said by the settings where it cannot be seen', () => {
    write('etc/iptables/rules.v4', save('mangle'));
    write('listings/rules.txt', '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n');
    write('other/rules.v4', save('mangle'));
    const settings = 'version: 1\nmachines:\n  - name: router\n    files: [etc/**, listings/rules.txt]\n';
    write('polywan.lint.yaml', settings);
    expect(machines(folder)).toBe(2);
    // A part of a machine would tell lies: all of it is read.
    write('listings/rules.txt', 'nonsense\n');
    const { code, stderr } = polywan(['lint', join(folder, 'etc/iptables/rules.v4')]);
    expect(code).toBe(2);
    expect(stderr).toContain('listings/rules.txt');
  });
});

describe('many files', () => {
  it('are shared with other processes, and the answer is the same', () => {
    for (let at = 0; at < 120; at += 1) {
      write(`host${at}/rules.v4`, save('filter', at % 7 === 0 ? BAD : 'fine'));
      if (at % 10 === 0)
        write(
          `host${at}/broken.v6`,
          '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 2001:db8::1 -j\nCOMMIT\n',
        );
    }
    write('site/polywan.yaml', 'version: 1\nlan: [lan0]\n');
    write('site/profiles/fiber.yaml', 'name: fiber\ninterface: wan0\ngatewya: auto\n');
    const words = [LAUNCHER, 'lint', '--json', folder];
    const [program = '', ...rest] = words;
    const shared = execute(program, rest);
    const [, processor = ''] =
      /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    const alone = execute('taskset', ['--cpu-list', processor, ...words]);
    expect(shared).toEqual(alone);
    expect(read(shared).findings.filter((one) => one.startsWith('bad-suppression'))).toHaveLength(18);
    expect(read(shared).findings).toContain('config-invalid site/profiles/fiber.yaml:3');
  });
});
