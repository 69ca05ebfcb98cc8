import { describe, expect, it } from 'vitest';
import type { Site, SteeringMatch, SteeringRule } from '../../../src/config/site.ts';
import type { PolicyRule, Route } from '../../../src/kernel/routing.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import { compile } from '../../../src/plan/compile.ts';
import { siteWarnings } from '../../../src/plan/warnings.ts';
import { FIRST_PLAN, machineWith, ORIGIN, samplePolicy, sampleSite, sampleWan } from './sample-site.ts';

const SITE = sampleSite({ wans: [sampleWan('fiber')], policies: [samplePolicy('all', { fiber: 1 })] });

function routeTo(prefix: string, changes: Partial<Route> = {}): Route {
  const destination = parsePrefix(prefix);
  if (destination === undefined) throw new Error(prefix);
  const { family } = destination;
  const route = {
    family,
    table: 254,
    type: 'unicast',
    destination,
    metric: 0,
    protocol: 3,
    scope: 0,
  } as const;
  return { ...route, hops: [{ device: 'tun0' }], ...changes };
}

function warningsWith(routes: readonly Route[]): readonly string[] {
  const facts: KernelState = { ...machineWith('fiber0', 'lan0'), routes };
  return siteWarnings(SITE, facts).map(({ message }) => message);
}

it('tells of routes of main that stand for a default and so go before every WAN', () => {
  expect(warningsWith([routeTo('0.0.0.0/1'), routeTo('2000::/3')])).toEqual([
    'the main table sends 0.0.0.0/1 by tun0: that goes before every WAN, so nothing of it is steered',
    'the main table sends 2000::/3 by tun0: that goes before every WAN, so nothing of it is steered',
  ]);
});

it('has nothing to say of a default, of networks, of other tables, and of what goes nowhere', () => {
  const routes = [
    routeTo('0.0.0.0/0'),
    routeTo('10.0.0.0/8'),
    routeTo('128.0.0.0/1', { table: 52 }),
    routeTo('128.0.0.0/1', { type: 'blackhole', hops: [] }),
  ];
  expect(warningsWith(routes)).toEqual([]);
});

describe('a default of main that refuses', () => {
  const refusing = (type: Route['type'], metric = 0) => routeTo('0.0.0.0/0', { type, metric, hops: [] });

  it.each(['unreachable', 'blackhole', 'prohibit'] as const)('%s goes before every WAN', (type) => {
    expect(warningsWith([refusing(type), routeTo('0.0.0.0/0', { metric: 100 })])).toEqual([
      `the main table has ${type} default: that goes before every WAN, so nothing of IPv4 is carried; move it to the table default, which is asked last (ip -4 route add ${type} default table default)`,
    ]);
  });

  it.each([
    ['behind a better one', [refusing('blackhole', 200), routeTo('0.0.0.0/0', { metric: 100 })]],
    ['in another table', [{ ...refusing('blackhole'), table: 253 }]],
    ['of a family the site does not have', [routeTo('::/0', { type: 'unreachable', hops: [] })]],
    ['that throws, which is passed over', [refusing('throw')]],
  ])('keeps quiet of one %s', (_, routes) => {
    expect(warningsWith(routes)).toEqual([]);
  });
});

it.each([
  [['lan0', 'lanx0', 'br+'], ['lanx0']],
  [['br+', 'lan0'], []],
  [['lan+'], []],
  [['br+'], ['br+']],
  [
    ['br+', 'lanx0'],
    ['br+', 'lanx0'],
  ],
])('of %j inside it misses %j where lan0 is there', (lan, missed) => {
  const found = siteWarnings({ ...SITE, lan }, { ...machineWith('fiber0', 'lan0'), routes: [] });
  expect(found.map(({ message }) => message)).toEqual(
    missed.map(
      (name) => `lan: interface ${name} is not there; nothing that comes in by it is steered until it is`,
    ),
  );
});

it('tells of rules for clients on a site without lan, where only what the router sends is steered', () => {
  const rule = (name: string, match: SteeringMatch) => ({ name, origin: ORIGIN, match, policy: 'all' });
  const router = { in: { values: ['router'], negated: false } };
  const steering = [rule('own', router), rule('web', { protocol: { values: ['tcp'], negated: false } })];
  const told = (lan: readonly string[]) =>
    siteWarnings({ ...SITE, lan, steering }, { ...machineWith('fiber0', 'lan0'), routes: [] })
      .map(({ message }) => message)
      .filter((message) => message.includes('takes nothing'));
  expect(told(['lan0'])).toEqual([]);
  expect(told([])).toEqual([
    'steering rule web takes nothing, as lan names no interface; what this machine itself sends is for rules with in: router, and for local_traffic',
  ]);
});

it('proposes the name of an interface that the site calls by another of its names', () => {
  const machine = machineWith('fiber0', 'lan0');
  const links = machine.links.map((link) => ({ ...link, altnames: [`${link.name}.alt`] }));
  const wans = [sampleWan('fiber', { interface: 'fiber0.alt' })];
  const site = { ...SITE, wans, lan: ['lan0.alt'] };
  const { warnings } = compile(site, { ...machine, links }, FIRST_PLAN);
  expect(warnings.map(({ message }) => message)).toEqual([
    'WAN fiber: fiber0.alt is another name of fiber0: write fiber0; it is left out until then',
    'lan: lan0.alt is another name of lan0: write lan0; nothing that comes in by it is steered until then',
  ]);
});

describe('a goto of another program', () => {
  const goto = (priority: number, target: number, changes: Partial<PolicyRule> = {}): PolicyRule => ({
    family: 'ipv4',
    priority,
    selector: {},
    action: { kind: 'goto', priority: target },
    protocol: 0,
    ...changes,
  });

  const told = (rule: PolicyRule) => {
    const facts = { ...machineWith('fiber0', 'lan0'), routes: [], policyRules: [rule] };
    return siteWarnings(SITE, facts).map(({ message }) => message);
  };

  it.each([
    ['past the band', 50, 32766],
    ['into the band', 50, 10001],
    ['within the band', 10500, 12000],
  ])('%s is told', (_, priority, target) => {
    expect(told(goto(priority, target))).toEqual([
      `policy rule ${priority} of another program (IPv4) goes on at ${target}, past polywan's rules, which begin at 10000: what it takes may not be steered`,
    ]);
  });

  it.each([
    ['to the beginning of the band', goto(50, 10000)],
    ['before the band', goto(50, 60)],
    ['behind the band', goto(14000, 32766)],
    ['of a family that no WAN has', goto(50, 32766, { family: 'ipv6' })],
    ['that is polywan’s own', goto(10001, 10003, { protocol: 87 })],
  ])('%s is not told', (_, rule) => {
    expect(told(rule)).toEqual([]);
  });
});

describe("the router's own traffic by a WAN that does not translate", () => {
  const bare = { nat: { ipv4: { kind: 'none' }, ipv6: { kind: 'none' } } } as const;
  const site = sampleSite({
    wans: [sampleWan('fiber', bare), sampleWan('cable', bare), sampleWan('lte')],
    policies: [
      samplePolicy('all', { fiber: 1, cable: 1, lte: 1 }),
      samplePolicy('cable_only', { cable: 1 }),
      samplePolicy('lte_only', { lte: 1 }),
    ],
  });
  const rule = (policy: string, match: SteeringMatch): SteeringRule => ({
    name: 'r',
    origin: ORIGIN,
    match,
    policy,
  });
  const router = { in: { values: ['router'], negated: false } };
  const local = (value: string) => ({ localTraffic: { value, span: ORIGIN.span } });
  const byFiber = [routeTo('0.0.0.0/0', { hops: [{ device: 'fiber0' }] })];
  const byBoth = [...byFiber, routeTo('0.0.0.0/0', { hops: [{ device: 'cable0' }], metric: 20 })];

  it.each<[string, Partial<Site>, readonly Route[], readonly string[]]>([
    ['is told of', local('all'), [], ['fiber', 'cable']],
    ['is told of where the policy has no other', local('cable_only'), [], ['cable']],
    ['is told of where a rule sends it', { steering: [rule('cable_only', router)] }, [], ['cable']],
    ['has its own address where its default is the best one', local('all'), byBoth, ['cable']],
    ['is told of where another default is the best one', local('cable_only'), byBoth, ['cable']],
    ['keeps quiet of a rule for clients', { steering: [rule('cable_only', {})] }, [], []],
    ['keeps quiet of a WAN that translates', local('lte_only'), [], []],
    ['keeps quiet of traffic that nobody steers', {}, byFiber, []],
  ])('%s', (_, changes, routes, wans) => {
    const facts = { ...machineWith('fiber0', 'cable0', 'lte0', 'lan0'), routes };
    const found = siteWarnings({ ...site, ...changes }, facts);
    expect(found.map(({ message }) => /own traffic may leave by (\w+) with/.exec(message)?.[1])).toEqual(
      wans,
    );
  });
});
