import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failbackWithoutHealth } from '../../../src/lint/checks/failback-without-health.ts';
import { membersShareInterface } from '../../../src/lint/checks/members-share-interface.ts';
import { policyUnused } from '../../../src/lint/checks/policy-unused.ts';
import { probeTargetElsewhere } from '../../../src/lint/checks/probe-target-elsewhere.ts';
import { probeTargetShared } from '../../../src/lint/checks/probe-target-shared.ts';
import { steeringRuleShadowed } from '../../../src/lint/checks/steering-rule-shadowed.ts';
import { thresholdsFlap } from '../../../src/lint/checks/thresholds-flap.ts';
import { wanUnused } from '../../../src/lint/checks/wan-unused.ts';
import { SITES_CHECKS } from '../../../src/lint/groups/sites.ts';
import { CABLE, FIBER, PROFILES, SITE } from '../../../src/lint/sites/example-profiles.ts';
import { type Files, findings, messages } from './machine-of.ts';

const SITES = join(import.meta.dirname, '../../../profiles/sites');

function exampleSite(name: string): Files {
  const root = join(SITES, name);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((one) =>
    one.endsWith('.yaml'),
  );
  return Object.fromEntries(
    names.map((one) => [relative(root, join(root, one)), readFileSync(join(root, one), 'utf8')]),
  );
}

describe('checks of sites', () => {
  it.each(SITES_CHECKS)('$id: the bad example yields it and nothing else, the good one nothing', (check) => {
    const bad = findings(undefined, check.bad.files);
    expect(bad.length).toBeGreaterThan(0);
    expect(new Set(bad.map((one) => one.check))).toEqual(new Set([check.id]));
    expect(findings(undefined, check.good.files)).toEqual([]);
  });

  it.each(readdirSync(SITES))('example site %s is clean', (name) => {
    expect(SITES_CHECKS.flatMap((check) => messages(check, exampleSite(name)))).toEqual([]);
  });
});

const TWO =
  'version: 1\nlan: [lan0, "br+"]\npolicies:\n  a: { members: [{ wan: fiber }, { wan: cable }] }\n  b: { members: [{ wan: cable }, { wan: fiber, tier: 2 }] }\n';

function steering(...rules: readonly string[]): Files {
  return {
    'polywan.yaml': `${TWO}steering:\n${rules.map((rule) => `  - { ${rule} }\n`).join('')}`,
    ...PROFILES,
  };
}

describe('steering-rule-shadowed', () => {
  const never = (...rules: readonly string[]) =>
    findings(steeringRuleShadowed, steering(...rules)).map(({ key }) => key);

  it.each([
    [
      'a prefix inside another',
      'name: x, source: 172.17.0.0/16, policy: a',
      'name: y, source: [172.17.1.0/24, 172.17.2.9], policy: b',
    ],
    [
      'a port inside a range',
      'name: x, protocol: tcp, destination_port: "1-1024", policy: a',
      'name: y, protocol: tcp, destination_port: [25, 80], source: 172.17.0.9, policy: b',
    ],
    ['everything', 'name: x, policy: a', 'name: y, protocol: udp, policy: b'],
    ['an interface of a pattern', 'name: x, in: "br+", policy: a', 'name: y, in: br7, policy: b'],
    [
      'all interfaces by name',
      'name: x, in: [lan0, "br+"], policy: a',
      'name: y, source: 172.17.0.9, policy: b',
    ],
    [
      'what a negation leaves',
      'name: x, destination: "!203.0.113.0/24", policy: a',
      'name: y, destination: 198.51.100.9, policy: b',
    ],
    [
      'a wider negation',
      'name: x, destination: "!203.0.113.9", policy: a',
      'name: y, destination: "!203.0.113.0/24", policy: b',
    ],
    ["the router's own", 'name: x, in: router, policy: a', 'name: y, in: router, uid: 1000, policy: b'],
    [
      'upper case of a domain',
      'name: x, domain: Example.org, policy: a',
      'name: y, domain: example.org, protocol: tcp, policy: b',
    ],
  ])('%s is taken by the rule before', (_, first, second) => {
    expect(never(first, second)).toEqual(['y behind x']);
    expect(never(second, first)).toEqual([]);
  });

  it.each([
    [
      'a source of another prefix',
      'name: x, source: 172.17.1.0/24, policy: a',
      'name: y, source: 172.17.2.0/24, policy: b',
    ],
    [
      'part of the values',
      'name: x, source: 172.17.1.0/24, policy: a',
      'name: y, source: [172.17.1.9, 172.17.2.9], policy: b',
    ],
    [
      'what is negated',
      'name: x, destination: "!203.0.113.0/24", policy: a',
      'name: y, destination: 203.0.113.9, policy: b',
    ],
    ['the router beside the LAN', 'name: x, policy: a', 'name: y, in: router, policy: b'],
    [
      'a domain below another',
      'name: x, domain: example.org, policy: a',
      'name: y, domain: www.example.org, policy: b',
    ],
    ['another family', 'name: x, family: ipv6, policy: a', 'name: y, policy: b'],
    ['one protocol of two', 'name: x, protocol: tcp, policy: a', 'name: y, protocol: [tcp, udp], policy: b'],
  ])('%s is not', (_, first, second) => {
    expect(never(first, second)).toEqual([]);
  });

  it('two rules may take the two families between them', () => {
    const both = Object.fromEntries(
      Object.entries(
        steering(
          'name: four, family: ipv4, policy: a',
          'name: six, family: ipv6, policy: a',
          'name: y, policy: b',
        ),
      ).map(([name, text]) => [
        name,
        text
          .replace('gateway', 'families: both\ngateway')
          .replace(/gateway: (\S+)/, 'gateway: { ipv4: $1, ipv6: "2001:db8::1" }'),
      ]),
    );
    expect(findings(steeringRuleShadowed, both).map(({ key }) => key)).toEqual(['y behind four six']);
  });

  it('it is a note where nothing goes another way', () => {
    const same = steering('name: x, policy: a', 'name: y, protocol: udp, policy: a');
    expect(messages(steeringRuleShadowed, same)).toEqual([
      'note: steering rule "y" is never reached: "x" (line 7) before it takes all of its connections',
    ]);
  });
});

describe('policies and WANs', () => {
  it('local_traffic is a use of a policy', () => {
    const site = SITE.replace('steering:', 'local_traffic: own\nsteering:').replace(
      'policies:',
      'policies:\n  own: { members: [{ wan: fiber }] }',
    );
    expect(messages(policyUnused, { 'polywan.yaml': site, ...PROFILES })).toEqual([]);
  });

  it('a site without policies answers by the WAN that was asked, and uses each', () => {
    expect(messages(wanUnused, { 'polywan.yaml': 'version: 1\nlan: [lan0]\n', ...PROFILES })).toEqual([]);
  });

  it('a member by another interface is enough', () => {
    const site = SITE.replace('{ wan: cable }]', '{ wan: cable }, { wan: lte, tier: 2 }]');
    const files = {
      'polywan.yaml': site,
      'profiles/fiber.yaml': FIBER,
      'profiles/cable.yaml': CABLE.replace('wan1', 'wan0').replace('198.51.100.1', '192.0.2.2'),
      'profiles/lte.yaml': 'name: lte\ninterface: wwan0\nprobes: [{ ping: 203.0.113.3 }]\n',
    };
    expect(messages(membersShareInterface, files)).toEqual([]);
  });

  it('failback_after: only members that connections come back to need probes', () => {
    const site = `version: 1\nlan: [lan0]\npolicies:\n  p: { members: [{ wan: fiber }, { wan: cable, tier: 2 }], failback_after: 2m }\nsteering: [{ policy: p }]\n`;
    const blind = (text: string) => text.replace(/^probes.*\n/m, '');
    const files = (fiber: string, cable: string, text = site) => ({
      'polywan.yaml': text,
      'profiles/fiber.yaml': fiber,
      'profiles/cable.yaml': cable,
    });
    expect(messages(failbackWithoutHealth, files(FIBER, blind(CABLE)))).toEqual([]);
    expect(messages(failbackWithoutHealth, files(blind(FIBER), CABLE))).toHaveLength(1);
    expect(messages(failbackWithoutHealth, files(blind(FIBER), CABLE, site.replace('2m', 'never')))).toEqual(
      [],
    );
    expect(
      messages(failbackWithoutHealth, files(blind(FIBER), CABLE, site.replace(', failback_after: 2m', ''))),
    ).toEqual([]);
  });
});

describe('probe targets', () => {
  const cable = (probes: string) => ({
    'polywan.yaml': SITE,
    ...PROFILES,
    'profiles/cable.yaml': CABLE.replace(/^probes.*$/m, `probes: ${probes}`),
  });

  it.each([
    '[{ ping: 203.0.113.1 }]',
    '[{ dns: 203.0.113.1 }]',
    '[{ ping: 203.0.113.1 }, { arp: true }]',
    '[{ http: "http://203.0.113.1/x" }]',
    '[{ tcp: "203.0.113.1:443" }]',
    '[{ ping: 203.0.113.1 }, { dns: 203.0.113.1 }]',
    '[{ ping: 203.0.113.1 }, { ping: 203.0.113.2 }]\nhealth: { quorum: 2 }',
  ])('%s hangs on what the other WAN hangs on', (probes) => {
    expect(findings(probeTargetShared, cable(probes)).map(({ key }) => key)).toEqual([
      '203.0.113.1: fiber cable',
    ]);
  });

  it.each(['[{ ping: 203.0.113.1 }, { ping: 203.0.113.2 }]', '[{ arp: true }]'])('%s does not', (probes) => {
    expect(findings(probeTargetShared, cable(probes))).toEqual([]);
  });

  it.each([
    ['192.0.2.1', 'which is the gateway of fiber'],
    ['172.17.0.9', 'which is inside (172.17.0.0/24)'],
    ['192.0.2.77', 'which is the router itself (wan0)'],
    ['203.0.113.70', 'which main routes by tun0 (203.0.113.64/26)'],
  ])('%s is elsewhere: %s', (target, where) => {
    const files = {
      ...cable(`[{ ping: ${target} }]`),
      'links.json': JSON.stringify([
        link('wan0', '192.0.2.77', 24),
        link('wan1', '198.51.100.77', 24),
        link('lan0', '172.17.0.1', 24),
      ]),
      'routes.txt':
        'default via 192.0.2.1 dev wan0\n203.0.113.64/26 dev tun0\n203.0.113.128/25 via 198.51.100.1 dev wan1\n',
    };
    expect(messages(probeTargetElsewhere, files)).toEqual([
      `warning: the probe of cable asks ${target}, ${where}: whether it answers says nothing of cable`,
    ]);
    const fine = { ...files, ...cable('[{ ping: 203.0.113.200 }, { ping: 198.51.100.1 }]') };
    expect(messages(probeTargetElsewhere, fine)).toEqual([]);
  });
});

function link(ifname: string, local: string, prefixlen: number) {
  return {
    ifindex: 2,
    ifname,
    flags: ['UP', 'LOWER_UP'],
    mtu: 1500,
    addr_info: [{ family: 'inet', local, prefixlen, scope: 'global' }],
  };
}

describe('thresholds-flap', () => {
  const kinds = (health: string, policy = '') => {
    const site = SITE.replace('{ wan: cable }]', `{ wan: cable }]${policy}`);
    const files = { 'polywan.yaml': site, ...PROFILES, 'profiles/cable.yaml': `${CABLE}health: ${health}\n` };
    return findings(thresholdsFlap, files).map(({ key, severity }) => `${severity} ${key}`);
  };

  it.each([
    ['{ interval: 10s, window: 30s }', ['warning cable window-preempts-fall', 'warning cable band-narrow']],
    [
      '{ interval: 1s, window: 20s, loss: { down: 12%, up: 10% } }',
      ['warning cable window-preempts-fall', 'warning cable band-narrow'],
    ],
    ['{ interval: 1s, window: 40s, fall: 4, loss: { down: 12%, up: 10% } }', ['warning cable band-narrow']],
    ['{ timeout: 30s, window: 30s }', ['note cable timeout-outlasts-window']],
    ['{ timeout: 500ms, rtt: { down: 800ms, up: 200ms } }', ['note cable rtt-never']],
  ])('%s', (health, found) => {
    expect(kinds(health)).toEqual(found);
  });

  it.each([
    '{}',
    '{ timeout: 500ms }',
    '{ interval: 10s, window: 30s, loss: off }',
    '{ rise: 1 }',
    '{ fall: 1, window: 5s, interval: 1s }',
  ])('%s is well', (health) => {
    expect(kinds(health === '{}' ? '{ fall: 4 }' : health)).toEqual([]);
  });

  it('coming back sooner than going down needs a policy that does not wait', () => {
    expect(kinds('{ rise: 1 }', '\n    failback_after: 0s')).toEqual(['warning cable back-faster']);
    expect(kinds('{ rise: 1 }', '\n    failback_after: never')).toEqual([]);
  });
});
