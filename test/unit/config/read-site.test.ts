import { describe, expect, test } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import { CABLE, diagnose, FIBER, files, readFiles } from './diagnose.ts';
import { readExample } from './examples.ts';

function read(all: Readonly<Record<string, string>>): Site {
  const { site } = readFiles(all);
  if (site === undefined) throw new Error(diagnose(all).join('\n'));
  return site;
}

function fiber(lines: string) {
  const wan = read(files({ fiber: lines })).wans.find(({ name }) => name === 'fiber');
  if (wan === undefined) throw new Error('no fiber');
  return wan;
}

function rule(line: string) {
  return read(files({ site: `steering: [{ ${line}, policy: balanced }]` })).steering[0]?.match;
}

const NONE = { kind: 'none' };
const MASQUERADE = { kind: 'masquerade' };

describe('a site of the fewest lines', () => {
  const site = read({
    'polywan.yaml': 'version: 1\n',
    'profiles/fiber.yaml': FIBER,
    'profiles/note.txt': 'x',
  });

  test('has every default', () => {
    expect(site).toMatchObject({
      file: 'polywan.yaml',
      backend: 'auto',
      lan: [],
      markMask: 0xff000000,
      priority: 10000,
      policies: [],
      steering: [],
      portForwards: [],
      notrack: [],
      expect: [],
      hooks: {},
    });
    expect(site.localTraffic).toBeUndefined();
  });

  test('has a WAN with every default', () => {
    expect(site.wans).toEqual([
      {
        name: 'fiber',
        origin: {
          file: 'profiles/fiber.yaml',
          line: 1,
          span: { file: 'profiles/fiber.yaml', start: 6, end: 11 },
        },
        interface: 'wan0',
        families: ['ipv4'],
        gateway: { ipv4: { kind: 'auto' }, ipv6: { kind: 'auto' } },
        table: 'auto',
        mark: 'auto',
        nat: { ipv4: MASQUERADE, ipv6: NONE },
        portForwards: [],
        metered: false,
        mssClamp: true,
        probes: [],
        health: {
          intervalMs: 500,
          timeoutMs: 1000,
          fall: 4,
          rise: 10,
          quorum: 1,
          windowMs: 30_000,
          loss: { downPercent: 40, upPercent: 10 },
          rtt: { downMs: 1000, upMs: 500 },
          holdMs: 0,
          damping: { halfLifeMs: 300_000, limitMs: 1_800_000 },
          initial: 'unknown',
        },
        hooks: {},
      },
    ]);
  });
});

describe('a policy', () => {
  test('has defaults for all but its members', () => {
    const [policy] = read(files({})).policies;
    expect(policy).toMatchObject({
      name: 'balanced',
      lastResort: 'unreachable',
      onFailure: 'reset',
      onRecovery: 'keep',
      failbackAfterMs: 60_000,
      members: [
        { wan: 'fiber', weight: 1, tier: 1 },
        { wan: 'cable', weight: 1, tier: 1 },
      ],
    });
    expect(policy?.stickyMs).toBeUndefined();
  });

  test('keeps what is written', () => {
    const site = `version: 1
policies:
  p:
    members: [{ wan: fiber, weight: 3, tier: 2 }]
    last_resort: main
    sticky: 1m30s
    on_failure: keep
    on_recovery: move
    failback_after: never
`;
    expect(read({ 'polywan.yaml': site, 'profiles/fiber.yaml': FIBER }).policies[0]).toMatchObject({
      members: [{ wan: 'fiber', weight: 3, tier: 2, origin: { line: 4 } }],
      lastResort: 'main',
      stickyMs: 90_000,
      onFailure: 'keep',
      onRecovery: 'move',
      failbackAfterMs: 'never',
      origin: { file: 'polywan.yaml', line: 3 },
    });
  });
});

describe('a profile', () => {
  test('of a metered WAN is sparing with probes, unless it says otherwise', () => {
    const health = (lines: string) =>
      read(files({ fiber: lines })).wans.find(({ name }) => name === 'fiber')?.health;
    expect(health('metered: true')).toMatchObject({ intervalMs: 10_000, timeoutMs: 3000, fall: 3, rise: 3 });
    expect(health('metered: true\nhealth: { interval: 1s }')).toMatchObject({ intervalMs: 1000, fall: 3 });
  });

  test('keeps what is written of hold, damping and the answer of a name server', () => {
    const fiber = 'probes: [{ dns: 203.0.113.53, answer: [203.0.113.9, "2001:db8::9"] }]\n';
    const [, wan] = read(files({ fiber: `${fiber}health: { hold: 5s, damping: { half_life: 1m } }` })).wans;
    expect(wan?.probes).toMatchObject([{ kind: 'dns', answer: ['203.0.113.9', '2001:db8::9'] }]);
    expect(wan?.health).toMatchObject({ holdMs: 5000, damping: { halfLifeMs: 60_000, limitMs: 1_800_000 } });
    expect(read(files({ fiber: 'health: { damping: off }' })).wans[1]?.health.damping).toBeUndefined();
  });

  test.each([
    ['families: ipv6', NONE, NONE],
    ['families: both', MASQUERADE, NONE],
    ['families: both\nmasquerade: yes', MASQUERADE, MASQUERADE],
    ['families: both\nmasquerade: true', MASQUERADE, MASQUERADE],
    ['families: both\nmasquerade: ipv6', NONE, MASQUERADE],
    ['families: both\nmasquerade: no', NONE, NONE],
    ['families: both\nmasquerade: { ipv4: no, ipv6: yes }', NONE, MASQUERADE],
    ['snat: 192.0.2.7', { kind: 'snat', address: '192.0.2.7' }, NONE],
    ['families: both\nsnat: "2001:db8::7"', MASQUERADE, { kind: 'snat', address: '2001:db8::7' }],
    [
      'families: both\nsnat: { ipv4: 192.0.2.7, ipv6: "2001:DB8::0:7" }',
      { kind: 'snat', address: '192.0.2.7' },
      { kind: 'snat', address: '2001:db8::7' },
    ],
    [
      'families: both\nnptv6: { inside: "fd00:50::/64" }',
      MASQUERADE,
      { kind: 'nptv6', inside: { family: 'ipv6', address: 'fd00:50::', length: 64 }, outside: 'auto' },
    ],
  ])('with %j translates as it says', (lines, ipv4, ipv6) => {
    expect(fiber(lines).nat).toEqual({ ipv4, ipv6 });
  });

  test.each([
    ['gateway: none', { kind: 'none' }, { kind: 'none' }],
    ['gateway: 192.0.2.1', { kind: 'address', address: '192.0.2.1' }, { kind: 'auto' }],
    ['families: both\ngateway: "fe80::1"', { kind: 'auto' }, { kind: 'address', address: 'fe80::1' }],
    [
      'families: both\ngateway: { ipv4: none, ipv6: "fe80::1" }',
      { kind: 'none' },
      { kind: 'address', address: 'fe80::1' },
    ],
  ])('with %j has those gateways', (lines, ipv4, ipv6) => {
    expect(fiber(lines).gateway).toEqual({ ipv4, ipv6 });
  });

  test.each(['0x30000000', '"0x30000000"', '805306368', "'805306368'"])('takes the mark %s', (mark) => {
    expect(fiber(`mark: ${mark}`).mark).toMatchObject({ value: 0x30000000 });
  });

  test('merges sources that overlap', () => {
    expect(fiber('sources: [172.17.0.0/24, 172.17.0.0/16, 172.16.0.0/16, 192.0.2.9]').sources).toEqual([
      { family: 'ipv4', address: '172.16.0.0', length: 15 },
      { family: 'ipv4', address: '192.0.2.9', length: 32 },
    ]);
  });

  test('takes everything as a source where it is written out', () => {
    expect(fiber('sources: [192.0.2.0/24, 0.0.0.0/0]').sources).toEqual([
      { family: 'ipv4', address: '0.0.0.0', length: 0 },
    ]);
  });

  test('has probes of every kind', () => {
    const lines = `families: both
probes:
  - { ping: 203.0.113.1 }
  - { dns: 203.0.113.53, query: example.org }
  - { http: "http://[2001:db8::80]/x", expect: 204, body: ok }
  - { tcp: "[2001:db8::1]:443" }
  - { tcp: "www.example.org:80" }
  - { arp: yes }
  - { command: [/etc/check, "-a b"] }
  - { command: /etc/check }
`;
    expect(fiber(lines).probes.map(({ origin, ...probe }) => ({ ...probe, line: origin.line }))).toEqual([
      { kind: 'ping', target: '203.0.113.1', line: 5 },
      { kind: 'dns', server: '203.0.113.53', query: 'example.org', line: 6 },
      { kind: 'http', url: 'http://[2001:db8::80]/x', expect: 204, body: 'ok', line: 7 },
      { kind: 'tcp', host: '2001:db8::1', port: 443, line: 8 },
      { kind: 'tcp', host: 'www.example.org', port: 80, line: 9 },
      { kind: 'arp', line: 10 },
      { kind: 'command', command: ['/etc/check', '-a b'], line: 11 },
      { kind: 'command', command: ['/etc/check'], line: 12 },
    ]);
  });

  test('judges neither loss nor delay where they are off', () => {
    const { health } = fiber('health: { loss: off, rtt: false, interval: 200ms }');
    expect([health.loss, health.rtt, health.intervalMs]).toEqual([undefined, undefined, 200]);
  });

  test('forwards ports and ranges to hosts of either family', () => {
    const lines = `families: both
port_forwards:
  - { protocol: tcp, port: 2222, to: 192.0.2.9:22 }
  - { protocol: udp, port: 80-90, to: "[2001:db8::9]:180-190" }
  - { protocol: udp, port: 443, to: "2001:db8::9" }
`;
    expect(fiber(lines).portForwards).toMatchObject([
      {
        protocol: 'tcp',
        port: { from: 2222, to: 2222 },
        to: { family: 'ipv4', address: '192.0.2.9', port: 22 },
      },
      {
        protocol: 'udp',
        port: { from: 80, to: 90 },
        to: { family: 'ipv6', address: '2001:db8::9', port: 180 },
      },
      { protocol: 'udp', port: { from: 443, to: 443 }, to: { family: 'ipv6', address: '2001:db8::9' } },
    ]);
  });
});

describe('a steering rule', () => {
  test.each([
    [
      'in: router, uid: [0, 1000]',
      { in: { values: ['router'], negated: false }, uid: { values: [0, 1000], negated: false } },
    ],
    ['in: "!lan0"', { in: { values: ['lan0'], negated: true } }],
    ['in: lan+', { in: { values: ['lan+'], negated: false } }],
    [
      'source: ["!192.0.2.9", "!2001:db8::/32"]',
      {
        source: {
          values: [
            { family: 'ipv4', address: '192.0.2.9', length: 32 },
            { family: 'ipv6', address: '2001:db8::', length: 32 },
          ],
          negated: true,
        },
      },
    ],
    [
      'protocol: [tcp, udp], destination_port: [443, "8000-8100", 8050-9000]',
      {
        protocol: { values: ['tcp', 'udp'], negated: false },
        destinationPort: {
          values: [
            { from: 443, to: 443 },
            { from: 8000, to: 8100 },
            { from: 8050, to: 9000 },
          ],
          negated: false,
        },
      },
    ],
    [
      'protocol: tcp, source_port: "!25"',
      {
        protocol: { values: ['tcp'], negated: false },
        sourcePort: { values: [{ from: 25, to: 25 }], negated: true },
      },
    ],
    ['mac: 02:00:5E:00:53:01', { mac: { values: ['02:00:5e:00:53:01'], negated: false } }],
    ['dscp: [ef, cs1, af41, 0]', { dscp: { values: [46, 8, 34, 0], negated: false } }],
    ['dscp: "!46"', { dscp: { values: [46], negated: true } }],
    ['set: streaming, family: ipv6', { set: { values: ['streaming'], negated: false }, family: 'ipv6' }],
    ['domain: Example.org', { domain: { values: ['example.org'], negated: false } }],
  ])('with %s matches that', (line, match) => {
    expect(rule(line)).toEqual(match);
  });

  test('is named by its place when it has no name', () => {
    const site = read(files({ site: 'steering: [{ policy: balanced }, { name: a, policy: balanced }]' }));
    expect(site.steering.map(({ name }) => name)).toEqual(['rule-1', 'a']);
  });
});

describe('files of a site', () => {
  test('are found in the order of their names, or taken in the order of the list', () => {
    const all = files({ site: 'profiles: [./profiles/fiber.yaml, profiles/cable.yaml]' });
    expect(read(all).wans.map(({ name }) => name)).toEqual(['fiber', 'cable']);
    expect(read(files({})).wans.map(({ name }) => name)).toEqual(['cable', 'fiber']);
  });

  test('are named as the site names them in origins, and by their path in spans', () => {
    const { site } = readExample('home');
    expect(site?.wans[0]?.origin).toMatchObject({ file: 'profiles/fiber.yaml', line: 2 });
    expect(site?.wans[0]?.origin.span.file).toMatch(/^\/.*\/home\/profiles\/fiber\.yaml$/);
    expect(site?.policies[0]?.origin).toMatchObject({ file: 'polywan.yaml', line: 10 });
  });

  test('may share values by anchors within one file', () => {
    const lines =
      'probes: [&p { ping: 203.0.113.1 }, { ping: 198.51.100.1 }]\nhealth: { interval: &t 250ms, timeout: *t }';
    expect(fiber(lines).health).toMatchObject({ intervalMs: 250, timeoutMs: 250 });
  });

  test('keep every mark the mask can hold', () => {
    const all: Record<string, string> = { 'polywan.yaml': 'version: 1\nmark_mask: 0x70\n' };
    for (let index = 1; index <= 5; index += 1)
      all[`profiles/w${index}.yaml`] = `name: w${index}\ninterface: wan${index}\nmark: ${index * 16}\n`;
    expect(read(all).wans.length).toBe(5);
    expect(diagnose({ ...all, 'profiles/z.yaml': CABLE.replace('wan1', 'wan9') })).toEqual([
      'polywan.yaml:2:12: mark_mask 0x70 holds 5 WANs, but there are 6',
    ]);
  });
});
