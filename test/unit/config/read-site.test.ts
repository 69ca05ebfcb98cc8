import { describe, expect, test } from 'vitest';
import { CABLE, diagnose, FIBER, files, wholeSite } from './diagnose.ts';
import { readExample } from './examples.ts';
import { fiber, MASQUERADE, NONE, read } from './read-files.ts';

function rule(line: string) {
  return read(files({ site: `steering: [{ ${line}, policy: balanced }]` })).steering[0]?.match;
}

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
    expect(read(wholeSite(site)).policies[0]).toMatchObject({
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
    ['dscp: [0x2e, 46.0]', { dscp: { values: [46, 46], negated: false } }],
    ['dscp: "!46"', { dscp: { values: [46], negated: true } }],
    ['set: streaming, family: ipv6', { set: { values: ['streaming'], negated: false }, family: 'ipv6' }],
    ['domain: Example.org', { domain: { values: ['example.org'], negated: false } }],
    [
      'domain: ["!Example.ORG.", "!a.example"]',
      { domain: { values: ['example.org', 'a.example'], negated: true } },
    ],
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

  test('are found by either ending of YAML, and never where they are hidden', () => {
    const all = { ...files({}), 'profiles/lte.yml': 'name: lte\ninterface: wwan0\n' };
    const hidden = { 'profiles/.fiber.yaml': FIBER, 'profiles/.#cable.yml': CABLE, 'profiles/.yaml': '' };
    expect(read({ ...all, ...hidden }).wans.map(({ name }) => name)).toEqual(['cable', 'fiber', 'lte']);
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
