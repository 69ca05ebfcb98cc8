import { describe, expect, it } from 'vitest';
import { formatVerification, sayWays } from '../../../src/cli/format/verification.ts';
import { assumedFacts } from '../../../src/cli/model/assumed-facts.ts';
import { overlayPlan } from '../../../src/cli/model/overlay-plan.ts';
import { plannedState } from '../../../src/cli/model/planned-state.ts';
import { judgeExits } from '../../../src/cli/model/trace-exits.ts';
import type { VerifyFlow } from '../../../src/cli/model/verify-flows.ts';
import { verifySite } from '../../../src/cli/model/verify-site.ts';
import { readSite } from '../../../src/config/read-site.ts';
import type { Site } from '../../../src/config/site.ts';
import { layOut } from '../../../src/lab/layout.ts';
import { FAMILIES } from '../../../src/net/family.ts';
import { traceFlow } from '../../../src/trace/trace-flow.ts';

const PROFILES = {
  'profiles/fiber.yaml': 'name: fiber\ninterface: wan0\nmasquerade: yes\n',
  'profiles/cable.yaml':
    'name: cable\ninterface: wan1\nmasquerade: yes\nport_forwards: [{ protocol: tcp, port: 2222, to: "192.0.2.10:22" }]\n',
};

const SITE = `version: 1
backend: BACKEND
lan: [lan0]
local_traffic: cable-first
policies:
  cable-first: { members: [{ wan: cable }, { wan: fiber, tier: 2 }] }
  balanced: { members: [{ wan: cable }, { wan: fiber }], last_resort: blackhole }
steering:
  - { name: web, protocol: tcp, destination_port: 443, policy: cable-first }
  - { name: rest, policy: balanced }
`;

function site(text: string, profiles: typeof PROFILES = PROFILES): Site {
  const files: Readonly<Record<string, string>> = {
    '/s/polywan.yaml': text,
    '/s/profiles/fiber.yaml': profiles['profiles/fiber.yaml'],
    '/s/profiles/cable.yaml': profiles['profiles/cable.yaml'],
  };
  const read = readSite(
    '/s/polywan.yaml',
    (path) => files[path],
    (path) => (path === '/s/profiles' ? ['cable.yaml', 'fiber.yaml'] : undefined),
  );
  if (read.site === undefined) throw new Error(JSON.stringify(read.diagnostics));
  return read.site;
}

describe("the router's own connections", () => {
  const probing = {
    ...PROFILES,
    'profiles/fiber.yaml': `${PROFILES['profiles/fiber.yaml']}probes: [{ tcp: "203.0.113.9:443" }]\n`,
  };
  const failures = (text: string) => {
    const { rows, expectations } = verifySite(site(text, probing));
    const cells = [...rows.flatMap(({ cells: all }) => all), ...expectations.map(({ cell }) => cell)];
    return cells.flatMap(({ wrong }) => wrong ?? []);
  };
  const expecting = (flow: string) =>
    `${SITE.replace('BACKEND', 'auto')}expect:\n  - { flow: { in: router, destination: 198.51.100.9, protocol: tcp, destination_port: 443${flow} }, exit: cable }\n`;

  it('are not taken for probes, which come from other ports than the kernel gives', () => {
    expect(failures(expecting(''))).toEqual([]);
  });

  it('come from an address that the router has, where rules or expectations ask for one', () => {
    const bound = `${SITE.replace('BACKEND', 'auto').split('steering:')[0]}steering:
  - { name: bound, in: router, source: 192.168.1.1, policy: balanced }
  - { name: others, in: router, source: "!192.168.1.2", policy: cable-first }
expect:
  - { flow: { in: router, source: 192.168.1.3, destination: 198.51.100.9, protocol: tcp }, exit: cable }
`;
    const { rows, untried } = verifySite(site(bound));
    const own = rows.filter(({ flow }) => flow.kind === 'router');
    expect(own.map(({ flow, cells }) => [flow.label, sayWays(cells[0]?.exits.ways ?? [])])).toEqual([
      ['bound', 'cable+fiber'],
      ['others', 'cable'],
      ["(router's own)", 'cable'],
    ]);
    expect([untried, failures(bound)]).toEqual([[], []]);
  });

  it('are those of root, unless an expectation names another user', () => {
    const byUser = (flow: string) =>
      expecting(flow)
        .replace('steering:', 'steering:\n  - { name: user, in: router, uid: 1000, policy: other }')
        .replace('policies:', 'policies:\n  other: { members: [{ wan: fiber }] }');
    expect(failures(byUser(''))).toEqual([]);
    expect(failures(byUser(', uid: 1000'))).toHaveLength(1);
  });
});

it('follows flows that leave nothing open a steering rule asks for', () => {
  const steering = `steering:
  - { name: voice, dscp: ef, protocol: udp, policy: cable-first }
  - { name: tv, mac: "02:00:5e:00:53:01", policy: cable-first }
  - { name: others, mac: "!02:00:5e:00:53:02", protocol: udp, policy: cable-first }
  - { name: listed, set: streaming, policy: cable-first }
  - { name: rare, protocol: ["!tcp", "!udp", "!sctp", "!dccp", "!icmp", "!gre", "!esp", "!ah"], policy: cable-first }
  - { name: pings, protocol: icmp, policy: cable-first }
  - { name: rest, policy: balanced }
  - { name: unlisted, domain: "!example.org", policy: balanced }
expect:
  - { flow: { in: lan0, destination: 198.51.100.9, protocol: udp }, exit: cable }
`;
  const asked = site(SITE.replace('BACKEND', 'auto').split('steering:')[0] + steering);
  const nat = { ipv4: { kind: 'masquerade' }, ipv6: { kind: 'masquerade' } } as const;
  const both = { ...asked, wans: asked.wans.map((wan) => ({ ...wan, nat, families: FAMILIES })) };
  const { rows, expectations, untried } = verifySite(both);
  const exits = rows
    .filter(({ flow }) => flow.kind === 'steered')
    .map(({ flow, cells }) => `${flow.label} ${flow.family}: ${sayWays(cells[0]?.exits.ways ?? [])}`);
  const cable = ['voice', 'tv', 'others', 'rare', 'pings'];
  expect(exits).toEqual([
    ...cable.flatMap((name) => FAMILIES.map((family) => `${name} ${family}: cable`)),
    ...FAMILIES.map((family) => `rest ${family}: cable+fiber`),
  ]);
  expect(rows.flatMap(({ cells }) => cells.flatMap(({ wrong }) => wrong ?? []))).toEqual([]);
  expect(expectations.map(({ cell }) => sayWays(cell.exits.ways))).toEqual(['cable']);
  expect(untried).toEqual([
    ...FAMILIES.map(
      (family) => `listed (${family}): not tried: what its set holds is known on the router alone`,
    ),
    ...FAMILIES.map((family) => `unlisted (${family}): not tried: no flow was found that this rule takes`),
  ]);
});

it('takes a port of a client that an expectation leaves open for one that programs are given', () => {
  const flow = (more: string) => `{ in: lan0, destination: 198.51.100.9, protocol: tcp${more} }`;
  const { expectations } = verifySite(
    site(`${SITE.replace('BACKEND', 'auto').split('steering:')[0]}steering:
  - { name: old, protocol: tcp, source_port: "1-1023", policy: balanced }
  - { name: rest, policy: cable-first }
expect:
  - { flow: ${flow('')}, exit: cable }
  - { flow: ${flow(', source_port: 1023')}, exit: cable }
`),
  );
  expect(expectations.map(({ cell }) => sayWays(cell.exits.ways))).toEqual(['cable', 'cable+fiber']);
});

describe.each(['nftables', 'iptables'])('a site with %s', (backend) => {
  const text = SITE.replace('BACKEND', backend);

  it('goes as it asks in every state of its WANs', () => {
    const { rows, states } = verifySite(site(text));
    expect(states).toEqual([[], ['cable'], ['fiber'], ['cable', 'fiber']]);
    const cells = Object.fromEntries(
      rows.map(({ flow, cells: all }) => [
        `${flow.label} ${flow.family}`,
        all.map(({ exits }) => sayWays(exits.ways)),
      ]),
    );
    expect(cells).toMatchObject({
      'web ipv4': ['cable', 'fiber', 'cable', 'unreachable'],
      'rest ipv4': ['cable+fiber', 'fiber', 'cable', 'blackhole'],
      "(router's own) ipv4": ['cable', 'fiber', 'cable', 'unreachable'],
      'from fiber ipv4': ['fiber', 'fiber', 'fiber', 'fiber'],
      'cable tcp 2222 ipv4': ['cable', 'cable', 'cable', 'cable'],
    });
    expect(rows.flatMap(({ cells: all }) => all.flatMap(({ wrong }) => wrong ?? []))).toEqual([]);
  });

  it('fails an expectation that names the wrong exit, and only that', () => {
    const flow = '{ in: lan0, destination: 203.0.113.9, protocol: tcp, destination_port: 443 }';
    const asked = `${text}expect:\n  - { flow: ${flow}, down: [cable], exit: fiber }\n  - { flow: ${flow}, exit: fiber }\n`;
    const { expectations } = verifySite(site(asked));
    expect(expectations.map(({ cell }) => cell.wrong)).toEqual([
      undefined,
      'leak: leaves by cable, where the site asks for fiber',
    ]);
  });

  it('takes no WAN and no refusal for main routing but what main itself does', () => {
    const flow = (port: number) =>
      `{ in: lan0, destination: 203.0.113.9, protocol: tcp, destination_port: ${port} }`;
    const asked = text.replace('last_resort: blackhole', 'last_resort: main').concat(`expect:
  - { flow: ${flow(80)}, down: [cable, fiber], exit: main }
  - { flow: ${flow(443)}, down: [cable], exit: main }
  - { flow: ${flow(443)}, down: [cable, fiber], exit: main }
`);
    const { rows, expectations } = verifySite(site(asked));
    expect(rows.flatMap(({ cells }) => cells.flatMap(({ wrong }) => wrong ?? []))).toEqual([]);
    expect(expectations.map(({ cell }) => cell.wrong)).toEqual([
      undefined,
      'leak: leaves by fiber, where the site asks for main routing (cable)',
      'unreachable, where the site asks for main routing (cable)',
    ]);
  });

  it('takes the place of an older plan in a machine and leaves the rest as it is', () => {
    const one = site(text);
    const facts = assumedFacts(layOut(one).topology);
    const foreign = { ...facts, sysctls: [{ key: 'net.ipv4.conf.all.rp_filter', value: '2' }] };
    const { state } = plannedState(one, foreign, []);
    const { state: again, plan } = plannedState(one, state, ['cable']);
    expect(again.policyRules.length).toBe(state.policyRules.length);
    expect(again.tables.length).toBe(state.tables.length);
    expect(again.sysctls).toContainEqual({ key: 'net.ipv4.conf.all.rp_filter', value: '2' });
    expect(overlayPlan(again, plan.desired)).toEqual(again);
  });
});

describe('a leak', () => {
  const one = site(SITE.replace('BACKEND', 'nftables'));
  const layout = layOut(one);
  const row = {
    kind: 'steered',
    label: 'web',
    family: 'ipv4',
    flow: { family: 'ipv4', in: 'lan0', source: '192.0.2.77', destination: '203.0.113.9', protocol: 'tcp' },
    expected: () => ({ kind: 'unreachable' }) as const,
  } as const;
  const way = (wan: string, source: string) =>
    ({ ways: [{ kind: 'wan', wan, source }], strayed: [] }) as const;
  const wans = (wan: string) => ({ kind: 'wans', shares: [{ wan, percent: 100 }] }) as const;

  it('is another WAN, or any where nothing may leave', () => {
    expect(judgeExits(one, layout.topology, row, wans('fiber'), way('cable', '198.18.0.2')).wrong).toMatch(
      /leak: leaves by cable/,
    );
    expect(
      judgeExits(one, layout.topology, row, { kind: 'unreachable' }, way('cable', '198.18.0.2')).wrong,
    ).toMatch(/leak/);
    expect(judgeExits(one, layout.topology, row, wans('cable'), way('cable', '198.18.0.2'))).toEqual({});
  });

  it('is an inside address that leaves as it is', () => {
    expect(judgeExits(one, layout.topology, row, wans('cable'), way('cable', '192.0.2.77')).wrong).toMatch(
      /inside address 192\.0\.2\.77/,
    );
  });

  it("is the router's own connection with the IPv6 address that its interface was given last", () => {
    const shared = (name: string, at: number) =>
      `name: ${name}\ninterface: wan0\nfamilies: ipv6\ngateway: "2001:db8:7${at}::1"\n`;
    const { rows } = verifySite(
      site('version: 1\nlan: [lan0]\n', {
        'profiles/fiber.yaml': shared('fiber', 1),
        'profiles/cable.yaml': shared('cable', 0),
      }),
    );
    const own = rows.find(({ flow }) => flow.kind === 'router');
    expect(own?.cells[0]?.wrong).toBe('leak: leaves by cable with the address of fiber');
  });

  it("is the router's own connection that leaves by a WAN with the address of another", () => {
    const untranslated = {
      ...PROFILES,
      'profiles/fiber.yaml': PROFILES['profiles/fiber.yaml'].replace('masquerade: yes', 'masquerade: no'),
    };
    const { rows } = verifySite(site(SITE.replace('BACKEND', 'nftables'), untranslated));
    const own = rows.find(({ flow }) => flow.kind === 'router');
    expect(own?.cells.map(({ wrong }) => wrong)).toEqual([
      undefined,
      'leak: leaves by fiber with the address of cable',
      undefined,
      undefined,
    ]);
  });

  it('shows when the guard of a mark is taken out of the plan', () => {
    const { state } = plannedState(one, assumedFacts(layout.topology), ['cable', 'fiber']);
    const broken = {
      ...state,
      policyRules: state.policyRules.filter(({ action }) => action.kind !== 'unreachable'),
    };
    const flow = { ...row.flow, destinationPort: 443 };
    const [whole, leaky] = [state, broken].map((each) => traceFlow(each, flow, { packets: ['P1'] }));
    expect(whole).toMatchObject({ paths: [{ outcome: 'stopped' }] });
    expect(leaky).toMatchObject({ paths: [{ packets: [{ disposition: { kind: 'routed' } }] }] });
  });
});

it('keeps the longest names within 80 columns, and tells forwards apart by their ports', () => {
  const names = ['a', 'b', 'c', 'd'].map((letter) => `branch-office-${letter}`);
  const ways = names.map((wan) => ({ kind: 'wan', wan, source: '198.51.100.2' }) as const);
  const row = (kind: VerifyFlow['kind'], label: string) => {
    const flow = { family: 'ipv6', destination: '2001:db8::9', protocol: 'tcp' } as const;
    const expected = () => ({ kind: 'unreachable' }) as const;
    return {
      flow: { kind, label, family: 'ipv6', flow, expected },
      cells: [{ exits: { ways, strayed: [] }, wrong: 'leak' }],
    } as const;
  };
  const rows = [
    row('steered', 'a-name-of-40-letters-that-people-may-give'),
    row('forward', 'branch-office-a tcp 60001'),
    row('forward', 'branch-office-a tcp 60002'),
  ];
  const text = formatVerification({ states: [[]], complete: true, rows, expectations: [], untried: [] }, 80);
  const lines = text.split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.slice(1, 4)).toEqual([
    'a-name-of-40-letter~ ipv6               ! branch-office-a+branch-office-b+2 more',
    'forward branch-office-a tcp 60001 ipv6  ! branch-office-a+branch-office-b+2 more',
    'forward branch-office-a tcp 60002 ipv6  ! branch-office-a+branch-office-b+2 more',
  ]);
});
