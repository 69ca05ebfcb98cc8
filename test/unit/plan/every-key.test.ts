import { describe, expect, it } from 'vitest';
import { profileJsonSchema, siteJsonSchema } from '../../../src/config/json-schema.ts';
import { readSite } from '../../../src/config/read-site.ts';
import { compile } from '../../../src/plan/compile.ts';
import { machineWith } from './sample-site.ts';

/** A site that uses every key, as files; each case below edits one key and the plan must change. */
const FILES: Readonly<Record<string, string>> = {
  'polywan.yaml': `version: 1
backend: nftables
lan: [lan0, guest0]
profiles: [fiber.yaml, cable.yaml]
mark_mask: 0xff000000
priority: 10000
local_traffic: balanced
policies:
  balanced:
    members:
      - { wan: fiber, weight: 3, tier: 1 }
      - { wan: cable, weight: 1, tier: 1 }
    last_resort: unreachable
    sticky: 10m
    on_failure: reset
    on_recovery: keep
    failback_after: 60s
  one: { members: [{ wan: cable }] }
steering:
  - name: many
    in: lan0
    source: 172.17.0.2
    destination: 203.0.113.0/24
    mac: 02:00:5e:00:53:01
    family: ipv4
    protocol: tcp
    source_port: 1024-65535
    destination_port: 443
    dscp: ef
    set: work
    domain: example.com
    policy: balanced
  - { name: own, in: router, uid: 1000, policy: one }
port_forwards: [{ protocol: tcp, port: 2222, to: "172.17.0.9:22" }]
notrack: [{ protocol: udp, port: 40427 }]
hooks: { up: /etc/any-up, down: /etc/any-down }
`,
  'fiber.yaml': `name: fiber
interface: wan0
gateway: auto
families: both
table: auto
mark: auto
masquerade: ipv4
nptv6: { inside: "fd00:50::/64", outside: "2001:db8:50::/64" }
sources: [172.17.0.0/16]
port_forwards: [{ protocol: udp, port: 51820, to: 172.17.0.7 }]
metered: false
mss_clamp: true
probes:
  - { ping: 203.0.113.1 }
  - { tcp: "203.0.113.5:443" }
  - { arp: true }
  - { dns: 203.0.113.2, query: example.com, answer: 203.0.113.9 }
  - { http: "http://203.0.113.3/", expect: 204, body: ok }
  - { command: [/bin/true] }
health:
  interval: 500ms
  timeout: 1s
  fall: 4
  rise: 10
  quorum: 1
  window: 30s
  loss: { down: 40%, up: 10% }
  rtt: { down: 1s, up: 500ms }
  hold: 5s
  damping: { half_life: 5m, limit: 30m }
  initial: unknown
hooks: { up: /etc/up, down: /etc/down }
`,
  'cable.yaml': `name: cable
interface: wan1
gateway: 198.51.100.17
snat: 198.51.100.18
`,
};

/** key → [file, text, replacement]. Keys of one word are the site's; `profile.` ones the profile's. */
const EDITS: Readonly<Record<string, readonly [file: string, from: string, to: string]>> = {
  backend: ['polywan.yaml', 'backend: nftables', 'backend: iptables'],
  lan: ['polywan.yaml', '[lan0, guest0]', '[lan0, br+]'],
  profiles: ['polywan.yaml', 'profiles: [fiber.yaml, cable.yaml]', 'profiles: [cable.yaml, fiber.yaml]'],
  mark_mask: ['polywan.yaml', '0xff000000', '0x00ff0000'],
  priority: ['polywan.yaml', 'priority: 10000', 'priority: 9'],
  local_traffic: ['polywan.yaml', 'local_traffic: balanced', 'local_traffic: one'],
  policies: ['polywan.yaml', 'one: { members: [{ wan: cable }] }', 'one: { members: [{ wan: fiber }] }'],
  'policies.members': ['polywan.yaml', '      - { wan: cable, weight: 1, tier: 1 }\n', ''],
  'policies.members.wan': ['polywan.yaml', '[{ wan: cable }]', '[{ wan: fiber }]'],
  'policies.members.weight': ['polywan.yaml', 'weight: 3', 'weight: 2'],
  'policies.members.tier': ['polywan.yaml', 'weight: 1, tier: 1', 'weight: 1, tier: 2'],
  'policies.last_resort': ['polywan.yaml', 'last_resort: unreachable', 'last_resort: main'],
  'policies.sticky': ['polywan.yaml', 'sticky: 10m', 'sticky: 5m'],
  'policies.on_failure': ['polywan.yaml', 'on_failure: reset', 'on_failure: keep'],
  'policies.on_recovery': ['polywan.yaml', 'on_recovery: keep', 'on_recovery: move'],
  'policies.failback_after': ['polywan.yaml', 'failback_after: 60s', 'failback_after: never'],
  steering: ['polywan.yaml', '  - { name: own, in: router, uid: 1000, policy: one }\n', ''],
  'steering.name': ['polywan.yaml', 'name: many', 'name: others'],
  'steering.in': ['polywan.yaml', 'in: lan0', 'in: guest0'],
  'steering.source': ['polywan.yaml', 'source: 172.17.0.2', 'source: "!172.17.0.2"'],
  'steering.destination': ['polywan.yaml', '203.0.113.0/24', '203.0.113.0/25'],
  'steering.mac': ['polywan.yaml', '02:00:5e:00:53:01', '02:00:5e:00:53:02'],
  'steering.family': ['polywan.yaml', '    source: 172.17.0.2\n    destination: 203.0.113.0/24\n', ''],
  'steering.protocol': ['polywan.yaml', 'protocol: tcp\n', 'protocol: [tcp, udp]\n'],
  'steering.source_port': ['polywan.yaml', '1024-65535', '1025-65535'],
  'steering.destination_port': ['polywan.yaml', 'destination_port: 443', 'destination_port: 80'],
  'steering.dscp': ['polywan.yaml', 'dscp: ef', 'dscp: cs1'],
  'steering.uid': ['polywan.yaml', 'uid: 1000', 'uid: 1001'],
  'steering.set': ['polywan.yaml', 'set: work', 'set: play'],
  'steering.domain': ['polywan.yaml', 'domain: example.com', 'domain: example.net'],
  'steering.policy': ['polywan.yaml', '    policy: balanced', '    policy: one'],
  port_forwards: [
    'polywan.yaml',
    'port_forwards: [{ protocol: tcp, port: 2222, to: "172.17.0.9:22" }]\n',
    '',
  ],
  'port_forwards.protocol': ['polywan.yaml', 'protocol: tcp, port: 2222', 'protocol: udp, port: 2222'],
  'port_forwards.port': ['polywan.yaml', 'port: 2222', 'port: 2223'],
  'port_forwards.to': ['polywan.yaml', '172.17.0.9:22', '172.17.0.9:23'],
  notrack: ['polywan.yaml', 'notrack: [{ protocol: udp, port: 40427 }]\n', ''],
  'notrack.protocol': ['polywan.yaml', 'protocol: udp, port: 40427', 'protocol: tcp, port: 40427'],
  'notrack.port': ['polywan.yaml', '40427', '40428'],
  hooks: ['polywan.yaml', 'hooks: { up: /etc/any-up, down: /etc/any-down }\n', ''],
  'hooks.up': ['polywan.yaml', '/etc/any-up', '/etc/else'],
  'hooks.down': ['polywan.yaml', '/etc/any-down', '/etc/else'],
  'profile.name': ['fiber.yaml', 'name: fiber', 'name: fibre'],
  'profile.interface': ['fiber.yaml', 'wan0', 'wan2'],
  'profile.gateway': ['fiber.yaml', 'gateway: auto', 'gateway: 198.51.100.9'],
  'profile.families': ['cable.yaml', 'interface: wan1', 'interface: wan1\nfamilies: both'],
  'profile.table': ['fiber.yaml', 'table: auto', 'table: 101'],
  'profile.mark': ['fiber.yaml', 'mark: auto', 'mark: 0x30000000'],
  'profile.masquerade': ['fiber.yaml', 'masquerade: ipv4', 'snat: 198.51.100.2'],
  'profile.snat': ['cable.yaml', 'snat: 198.51.100.18', 'snat: 198.51.100.19'],
  'profile.nptv6': ['fiber.yaml', 'nptv6: { inside: "fd00:50::/64", outside: "2001:db8:50::/64" }\n', ''],
  'profile.nptv6.inside': ['fiber.yaml', 'fd00:50::', 'fd00:51::'],
  'profile.nptv6.outside': ['fiber.yaml', '2001:db8:50::', '2001:db8:51::'],
  'profile.sources': ['fiber.yaml', '172.17.0.0/16', '172.17.0.0/17'],
  'profile.port_forwards': ['fiber.yaml', 'port: 51820', 'port: 51821'],
  'profile.port_forwards.protocol': ['fiber.yaml', 'protocol: udp', 'protocol: tcp'],
  'profile.port_forwards.port': ['fiber.yaml', 'port: 51820', 'port: 51821'],
  'profile.port_forwards.to': ['fiber.yaml', 'to: 172.17.0.7', 'to: 172.17.0.8'],
  'profile.metered': ['fiber.yaml', 'metered: false', 'metered: true'],
  'profile.mss_clamp': ['fiber.yaml', 'mss_clamp: true', 'mss_clamp: false'],
  'profile.probes': ['fiber.yaml', '  - { ping: 203.0.113.1 }\n', ''],
  'profile.probes.ping': ['fiber.yaml', 'ping: 203.0.113.1', 'ping: 203.0.113.4'],
  'profile.probes.tcp': ['fiber.yaml', '203.0.113.5:443', '203.0.113.5:80'],
  'profile.probes.arp': ['fiber.yaml', '  - { arp: true }\n', ''],
  'profile.probes.dns': ['fiber.yaml', 'dns: 203.0.113.2', 'dns: 203.0.113.4'],
  'profile.probes.query': ['fiber.yaml', 'query: example.com', 'query: example.net'],
  'profile.probes.http': ['fiber.yaml', 'http://203.0.113.3/', 'http://203.0.113.3/x'],
  'profile.probes.answer': ['fiber.yaml', 'answer: 203.0.113.9', 'answer: 203.0.113.8'],
  'profile.probes.expect': ['fiber.yaml', 'expect: 204', 'expect: 200'],
  'profile.probes.body': ['fiber.yaml', 'body: ok', 'body: fine'],
  'profile.probes.command': ['fiber.yaml', '/bin/true', '/bin/false'],
  'profile.health': ['fiber.yaml', 'interval: 500ms', 'interval: 200ms'],
  'profile.health.interval': ['fiber.yaml', 'interval: 500ms', 'interval: 200ms'],
  'profile.health.timeout': ['fiber.yaml', 'timeout: 1s', 'timeout: 2s'],
  'profile.health.fall': ['fiber.yaml', 'fall: 4', 'fall: 5'],
  'profile.health.rise': ['fiber.yaml', 'rise: 10', 'rise: 11'],
  'profile.health.quorum': ['fiber.yaml', 'quorum: 1', 'quorum: 2'],
  'profile.health.window': ['fiber.yaml', 'window: 30s', 'window: 40s'],
  'profile.health.loss': ['fiber.yaml', 'loss: { down: 40%, up: 10% }', 'loss: { down: 50%, up: 10% }'],
  'profile.health.loss.down': ['fiber.yaml', 'down: 40%', 'down: 41%'],
  'profile.health.loss.up': ['fiber.yaml', 'up: 10%', 'up: 11%'],
  'profile.health.rtt': ['fiber.yaml', 'rtt: { down: 1s, up: 500ms }', 'rtt: { down: 2s, up: 500ms }'],
  'profile.health.rtt.down': ['fiber.yaml', 'down: 1s', 'down: 2s'],
  'profile.health.rtt.up': ['fiber.yaml', 'up: 500ms', 'up: 600ms'],
  'profile.health.hold': ['fiber.yaml', 'hold: 5s', 'hold: 6s'],
  'profile.health.damping': ['fiber.yaml', 'damping: { half_life: 5m, limit: 30m }', 'damping: off'],
  'profile.health.damping.half_life': ['fiber.yaml', 'half_life: 5m', 'half_life: 4m'],
  'profile.health.damping.limit': ['fiber.yaml', 'limit: 30m', 'limit: 31m'],
  'profile.health.initial': ['fiber.yaml', 'initial: unknown', 'initial: down'],
  'profile.hooks': ['fiber.yaml', 'hooks: { up: /etc/up, down: /etc/down }\n', ''],
  'profile.hooks.up': ['fiber.yaml', '/etc/up', '/etc/else'],
  'profile.hooks.down': ['fiber.yaml', '/etc/down', '/etc/else'],
};

/** `version` has one value; `expect` is what `rehearse` and `verify` check, and asks nothing of the machine. */
const WITHOUT_EFFECT_ON_THE_MACHINE = ['version', 'expect'];

const FACTS = machineWith('wan0', 'wan1', 'wan2');

function planOf(files: Readonly<Record<string, string>>): unknown {
  const { site, diagnostics } = readSite(
    'polywan.yaml',
    (path) => files[path.replace(/^\.\//, '')],
    () => Object.keys(files),
  );
  expect(diagnostics.map((one) => one.message)).toEqual([]);
  if (site === undefined) throw new Error('no site');
  const backend = site.backend === 'iptables' ? 'iptables' : 'nftables';
  const plan = compile(site, FACTS, { backend, health: {}, allocation: { slots: {} } });
  // Lines and spans move with any edit: only what is planned counts.
  return JSON.parse(
    JSON.stringify(plan, (name, value) => {
      if (name === 'origin') return undefined;
      return name === 'comment' ? String(value).replace(/ \(.*\)$/, '') : value;
    }),
  );
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
}

/** Dotted paths of every key a schema accepts; names of policies and places in lists are left out. */
function keysOf(schema: Schema, at = ''): readonly string[] {
  const below = [schema.items, ...(schema.anyOf ?? [])].flatMap((part) =>
    part === undefined ? [] : keysOf(part, at),
  );
  const named =
    typeof schema.additionalProperties === 'object' ? keysOf(schema.additionalProperties, at) : [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const path = at === '' ? name : `${at}.${name}`;
    return [path, ...keysOf(part, path)];
  });
  return [...own, ...below, ...named];
}

/** `gateway: { ipv4, ipv6 }` and its like are one key said per family. */
function withoutFamilies(keys: readonly string[]): readonly string[] {
  return [...new Set(keys.filter((key) => !/\.ipv[46]$/.test(key)))];
}

describe('every key that is accepted changes the plan', () => {
  const full = planOf(FILES);

  it.each(Object.entries(EDITS))('%s', (_key, [file, from, to]) => {
    const text = FILES[file] ?? '';
    expect(text.split(from)).toHaveLength(2);
    const files = { ...FILES, [file]: text.replace(from, to) };
    if (file === 'fiber.yaml' && to === 'name: fibre') {
      files['polywan.yaml'] = (FILES['polywan.yaml'] ?? '').replaceAll('wan: fiber', 'wan: fibre');
    }
    expect(planOf(files)).not.toEqual(full);
  });

  it('no key of the published schemas is without such a case', () => {
    const site = withoutFamilies(keysOf(siteJsonSchema() as Schema)).filter(
      (key) => !WITHOUT_EFFECT_ON_THE_MACHINE.some((one) => key === one || key.startsWith(`${one}.`)),
    );
    const profile = withoutFamilies(keysOf(profileJsonSchema() as Schema)).map((key) => `profile.${key}`);
    expect([...site, ...profile].filter((key) => EDITS[key] === undefined)).toEqual([]);
    expect(Object.keys(EDITS).filter((key) => ![...site, ...profile].includes(key))).toEqual([]);
  });
});
