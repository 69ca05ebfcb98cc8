import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Outcome, polywan } from './polywan.ts';

const folder = mkdtempSync(join(tmpdir(), 'polywan-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const HOME = ['-c', 'profiles/sites/home/polywan.yaml'];

/** The story of a mark that never reaches its connection. */
const DEFECT = [
  write(
    'rules.v4',
    [
      '*mangle',
      ':PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -j CONNMARK --restore-mark',
      '-A PREROUTING -m mark ! --mark 0 -j ACCEPT',
      '-A PREROUTING -s 192.0.2.0/24 -j MARK --set-mark 0x36',
      '-A PREROUTING -s 192.0.2.0/24 -j ACCEPT',
      '-A PREROUTING -m mark --mark 0 -j MARK --set-mark 0x30',
      '-A PREROUTING -j CONNMARK --save-mark',
      'COMMIT',
      '*nat',
      ':POSTROUTING ACCEPT [0:0]',
      '-A POSTROUTING -o wan+ -j MASQUERADE',
      'COMMIT',
      '',
    ].join('\n'),
  ),
  write(
    'rules',
    '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x36 lookup fiber\n101:\tfrom all fwmark 0x30 lookup 200\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
  ),
  write(
    'routes',
    'default via 198.51.100.1 dev wan0 table fiber\ndefault via 203.0.113.1 dev wan1 table 200\n192.0.2.0/24 dev lan0 table 200\n192.0.2.0/24 dev lan0\nlocal 192.0.2.1 dev lan0 table local\nlocal 198.51.100.2 dev wan0 table local src 198.51.100.2\n',
  ),
  write(
    'links',
    JSON.stringify(
      [
        ['lan0', '192.0.2.1'],
        ['wan0', '198.51.100.2'],
        ['wan1', '203.0.113.2'],
      ].map(([ifname, local], at) => ({
        ifindex: at + 2,
        ifname,
        flags: ['UP', 'LOWER_UP'],
        mtu: 1500,
        addr_info: [{ family: 'inet', local, prefixlen: 24, scope: 'global' }],
      })),
    ),
  ),
];

function traceDefect(...more: readonly string[]): Outcome {
  const on = DEFECT.flatMap((file) => ['--on', file]);
  return polywan(['trace', ...on, '--in', 'lan0', '--src', '192.0.2.9', '--dst', '203.0.113.99', ...more]);
}

describe('trace', () => {
  it('tells the debugging story: which line ends the chain before the save, and what becomes of the flow', () => {
    const { code, stdout } = traceDefect();
    expect(code).toBe(0);
    const plain = stdout.replace(/\s+/g, ' ');
    expect(plain).toContain(`${folder}/rules.v4:5 mark 0x0 -> 0x36`);
    expect(plain).toContain('* 100: from all fwmark 0x36 lookup fiber');
    expect(plain).toContain(`because of ${folder}/rules.v4:6 (iptables-nft ip mangle PREROUTING #4)`);
    expect(plain).toContain('masqueraded for wan0 and leaving by wan1');
    expect(stdout.trim().split('\n\n').at(-1)).toMatch(/^leaves by wan0 as 198\.51\.100\.2, but/);
    for (const line of stdout.split('\n').filter((one) => !one.includes(folder)))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints every step with -v, and everything as JSON', () => {
    expect(traceDefect('-v').stdout.length).toBeGreaterThan(traceDefect().stdout.length);
    const { paths, flow } = JSON.parse(traceDefect('--json').stdout);
    expect(flow).toMatchObject({ in: 'lan0', source: '192.0.2.9', protocol: 'tcp', destinationPort: 443 });
    expect(paths[0].packets.map((packet: { name: string }) => packet.name)).toContain('P3');
  });

  it('tells ways that hang on what is not known apart without shares', () => {
    const on = DEFECT.slice(0, 3).flatMap((file) => ['--on', file]);
    const { stdout } = polywan(['trace', ...on, '--in', 'dsl7', '--dst', '203.0.113.99']);
    expect(stdout).toMatch(/^way 1 of \d+\n {2}if ip saddr 192\.0\.2\.0\/24 \[/);
    expect(stdout).not.toContain('%');
    expect(stdout.split('\n\n').at(-1)).toMatch(/^either leaves by .*(?:\n {2}.*)*\nor /);
    // By the route of a network the source is known.
    const known = polywan(['trace', ...on, '--in', 'lan0', '--dst', '203.0.113.99']).stdout;
    expect(known).toContain('P1 first packet, in by lan0: 192.0.2.10:? -> ');
  });

  it('names WANs, and says on what it rests, when it traces the site', () => {
    const { code, stdout, stderr } = polywan(['trace', ...HOME, '--dst', '203.0.113.9', '--down', 'cable']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nleaves by fiber \(wan0\) as \S+, stays there; replies\s+return by fiber\n$/);
    expect(stdout).toContain('profiles/fiber.yaml:');
    expect(stderr).toContain('the site as planned');
  });

  it('shows the steering rule that chose the policy, and tells rules that miss for one reason as one', () => {
    const { stdout } = polywan(['trace', ...HOME, '--src', '172.17.0.2', '--dst', '203.0.113.9']);
    expect(stdout).toMatch(/prerouting: polywan\.yaml:\d+ goto policy_\S+\n {6}ip saddr 172\.17\.0\.2 /);
    const own = polywan(['trace', ...HOME, '--out', '--dst', '203.0.113.9']).stdout;
    expect(own).toMatch(/- 11001 to \d+: the mark 0x0 is that of none of these \d+ rules\n/);
    expect(own).toContain('P1 first packet, from this machine: ?:? -> 203.0.113.9:443 tcp\n');
    const all = polywan(['trace', ...HOME, '--out', '--dst', '203.0.113.9', '-v']).stdout;
    expect(all).toContain('- 11001: from all fwmark 0x1000000/0xff000000 lookup fiber: the mark');
  });

  it('says what becomes of each share of the connections', () => {
    const { stdout } = polywan([
      'trace',
      ...HOME,
      '--src',
      '172.17.0.7',
      '--dst',
      '203.0.113.9',
      '--dport',
      '25',
    ]);
    const plain = stdout.replace(/\s+/g, ' ');
    expect(plain).toMatch(/75 %: leaves by fiber \(wan0\) as \S+, stays there; replies return by fiber /);
    expect(plain).toMatch(/25 %: leaves by cable \(wan1\) as \S+, stays there; replies return by cable $/);
  });

  it('says where a forwarded port leads, and by which WAN its replies leave', () => {
    const { stdout } = polywan([
      'trace',
      ...HOME,
      ...['--in', 'wan0', '--src', '203.0.113.9', '--dst', '198.18.0.2', '--dport', '2222'],
    ]);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /goes to 172\.17\.0\.2 by lan0, stays there; replies leave by fiber \(wan0\) as 198\.18\.0\.2 $/,
    );
  });

  it('takes the source port for a program’s, which no rule for a service matches in the replies', () => {
    const rules = write(
      'mail.v4',
      '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --dport 25 -j DROP\nCOMMIT\n',
    );
    const words = ['trace', '--on', rules, '--in', 'lan0', '--src', '192.0.2.9', '--dst', '203.0.113.9'];
    expect(polywan(words).stdout).not.toContain('dport 25');
    expect(polywan([...words, '--sport', '25']).stdout).toContain('dport 25 -j DROP');
  });

  it('says that a plan’s sets are taken as empty', () => {
    const site = write(
      'sets.yaml',
      'version: 1\nlan: [lan0]\nprofiles: [sets-fiber.yaml]\npolicies:\n  one: { members: [{ wan: fiber }] }\nsteering:\n  - { name: films, set: streaming, policy: one }\n  - { name: all, policy: one }\n',
    );
    write('sets-fiber.yaml', 'name: fiber\ninterface: wan0\n');
    const { stderr } = polywan(['trace', '-c', site, '--dst', '203.0.113.9']);
    expect(stderr).toContain('polywan: the sets of films are taken as empty: ');
    expect(polywan(['trace', ...HOME, '--dst', '203.0.113.9']).stderr).not.toContain('taken as empty');
  });

  it('takes an interface down that files name in routes alone', () => {
    const on = DEFECT.slice(0, 3).flatMap((file) => ['--on', file]);
    const words = ['trace', ...on, '--in', 'lan0', '--src', '192.0.2.9', '--dst', '203.0.113.99', '--down'];
    expect(polywan([...words, 'wan0']).stdout).not.toContain('leaves by wan0');
    const { code, stderr } = polywan([...words, 'wan7']);
    expect(code).toBe(2);
    expect(stderr).toContain('neither a WAN of the site nor an interface of this state');
  });

  it('traces the router’s own, by policy', () => {
    const { stdout } = polywan(['trace', ...HOME, '--out', '--dst', '203.0.113.9', '--down', 'fiber']);
    expect(stdout).toContain('routing of the socket');
    expect(stdout).toMatch(/leaves by cable \(wan1\)/);
  });

  it.each([
    [['--dst', 'nowhere'], '--dst needs the address the flow goes to; "nowhere" is none'],
    [['--dst', '203.0.113.9', '--proto', 'tpc'], '--proto tpc: unknown protocol; did you mean tcp?'],
    [['--dst', '203.0.113.9', '--proto', 'icmp', '--dport', '3'], '--dport: the protocol icmp has no ports'],
    [['--dst', '203.0.113.9', '--src', '2001:db8::1'], 'is no IPv4 address'],
    [['--dst', '203.0.113.9', '--in', 'lan0', '--out'], 'exclude each other'],
    [['--dst', '203.0.113.9', '--mark', '7x'], '--mark needs a number'],
    [['--dst', '203.0.113.9', '--dport', '70000'], '--dport needs one port'],
    [['--dst', '203.0.113.9', '--in', 'eth7'], 'there is no such interface'],
    [['--dst', '203.0.113.9', '--mark', '010'], '--mark 010: it is octal to some programs'],
    [['--dst', '203.0.113.9', '--down', 'dsl'], 'no WAN dsl; it has'],
    [['--dst', '203.0.113.9', '--down', 'lte9'], 'no WAN lte9; did you mean lte?'],
    [['--dst', '203.0.113.9', '--down', 'lte/ipv6'], 'WAN lte has no ipv6'],
    [['--dst', '203.0.113.9', '--down', 'fiber/ipv5'], 'no WAN fiber/ipv5; did you mean fiber/ipv4?'],
    [
      ['--dst', '203.0.113.9', '--on', DEFECT[2] ?? '', '--down', 'fibre'],
      'neither a WAN of the site nor an interface of this state; did you mean fiber?',
    ],
    [['--dst', '203.0.113.9', '--live', '--on', 'x'], 'two different machines'],
  ])('refuses %j in one line', (words, sentence) => {
    const { code, stderr } = polywan(['trace', ...HOME, ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
  });

  it('shows what is wrong with a file at its place, and all of it at once', () => {
    const bad = write('bad.v4', '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j\nwhat\nCOMMIT\n');
    const { code, stderr } = polywan(['trace', '--on', bad, '--in', 'lan0', '--dst', '203.0.113.9']);
    expect(code).toBe(2);
    expect(stderr).toContain(`${bad}:3:`);
    expect(stderr).toContain(`${bad}:4:1: this is not iptables-save text\n  what\n  ^~~~\n`);
    const other = polywan([
      'trace',
      '--on',
      write('diary', 'dear diary\n'),
      '--in',
      'a',
      '--dst',
      '192.0.2.1',
    ]);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('diary:1:1: this is none of') });
    const none = polywan(['trace', '--on', join(folder, 'gone'), '--in', 'a', '--dst', '192.0.2.1']);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('no such file') });
  });
});

describe('verify', () => {
  it('prints the matrix of a site that goes as it asks, and exits with 0', () => {
    const { code, stdout } = polywan(['verify', ...HOME]);
    expect(stdout).toMatch(/as the site asks: \d+ flows in 8 states of the WANs/);
    expect(stdout).not.toContain('!');
    expect(code).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('names the line of an expectation that fails, shows the trace, and exits with 1', () => {
    mkdirSync(join(folder, 'profiles'));
    write('profiles/fiber.yaml', 'name: fiber\ninterface: wan0\nfamilies: ipv4\nmasquerade: yes\n');
    write('profiles/cable.yaml', 'name: cable\ninterface: wan1\nfamilies: ipv4\nmasquerade: yes\n');
    const site = write(
      'polywan.yaml',
      'version: 1\nlan: [lan0]\npolicies:\n  one: { members: [{ wan: fiber }, { wan: cable, tier: 2 }] }\nsteering: [{ name: all, policy: one }]\nexpect:\n  - { flow: { in: lan0, destination: 203.0.113.9, protocol: udp }, exit: cable }\n',
    );
    const { code, stdout } = polywan(['verify', '-c', site]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${site}:7:`);
    expect(stdout).toContain('expected exit cable: leaves by fiber\n');
    expect(stdout).toContain('* 11002: from all fwmark 0x2000000/0xff000000 lookup fiber');
    expect(stdout).toContain('1 expectation fails');
    const json = JSON.parse(polywan(['verify', '-c', site, '--json']).stdout);
    expect(json.expectations).toMatchObject([{ line: 7, expected: 'cable', exit: 'fiber' }]);
    expect(json.rows[0].cells[1]).toMatchObject({ down: ['cable'], exit: 'fiber' });
  });

  it('names no WAN in the trace by an interface that two have', () => {
    mkdirSync(join(folder, 'shared/profiles'), { recursive: true });
    write('shared/profiles/a.yaml', 'name: fiber\ninterface: wan0\ngateway: 192.0.2.1\n');
    write('shared/profiles/b.yaml', 'name: cable\ninterface: wan0\ngateway: 198.51.100.1\n');
    const site = write(
      'shared/polywan.yaml',
      'version: 1\nlan: [lan0]\npolicies:\n  one: { members: [{ wan: fiber }] }\nsteering: [{ name: all, policy: one }]\nexpect:\n  - { flow: { in: lan0, destination: 203.0.113.9, protocol: udp }, exit: cable }\n',
    );
    const { stdout } = polywan(['verify', '-c', site]);
    expect(stdout).toContain('expected exit cable: leaves by fiber\n');
    expect(stdout).toContain('\nleaves by wan0 as 192.0.2.2\n');
  });
});
