import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/apply/refusal.ts';
import { lintPlan, refuseErrors } from '../../../src/cli/lint/own-plan.ts';
import { assumedFacts } from '../../../src/cli/model/assumed-facts.ts';
import { overlayPlan } from '../../../src/cli/model/overlay-plan.ts';
import { readSite, type SiteReading } from '../../../src/config/read-site.ts';
import type { Site } from '../../../src/config/site.ts';
import type { Rule } from '../../../src/kernel/netfilter.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Statement } from '../../../src/kernel/statement.ts';
import { layOut } from '../../../src/lab/layout.ts';
import { FAMILIES, type Family } from '../../../src/net/family.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import { compile } from '../../../src/plan/compile.ts';
import type { Health, Plan } from '../../../src/plan/plan.ts';
import { CABLE, FIBER, files, readFiles } from '../config/diagnose.ts';
import { readMachine } from '../golden-machine.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BACKENDS = ['nftables', 'iptables'] as const;

function siteIn(folder: string): Site {
  return usable(
    readSite(
      join(folder, 'polywan.yaml'),
      (path) => readFileSync(path, 'utf8'),
      (path) => readdirSync(path).sort(),
    ),
  );
}

function usable({ site, diagnostics }: SiteReading): Site {
  if (site === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return site;
}

function planOf(
  site: Site,
  facts: KernelState,
  backend: (typeof BACKENDS)[number],
  health: Health = {},
): Plan {
  return compile(site, facts, { backend, health, allocation: { slots: {} } });
}

function inShort(site: Site, plan: Plan, facts: KernelState): readonly string[] {
  return lintPlan(site, plan, facts).map(
    ({ check, severity, message }) => `${check} (${severity}): ${message}`,
  );
}

/** What keeps from applying. */
function errorsOf(site: Site, plan: Plan, facts: KernelState): readonly string[] {
  return inShort(site, plan, facts).filter((text) => text.includes('(error)'));
}

const examples = readdirSync(join(ROOT, 'profiles/sites')).map((name) => join(ROOT, 'profiles/sites', name));
const golden = readdirSync(join(ROOT, 'test/golden')).map((name) => join(ROOT, 'test/golden', name));

describe.each(BACKENDS)('what polywan makes for %s', (backend) => {
  it.each(examples.map((folder) => [folder.slice(ROOT.length + 1), folder]))(
    '%s: lint has nothing to say',
    (_, folder) => {
      const site = siteIn(folder);
      const facts = assumedFacts(layOut(site).topology);
      expect(inShort(site, planOf(site, facts, backend), facts)).toEqual([]);
    },
  );

  it.each(golden.map((folder) => [folder.slice(ROOT.length + 1), folder]))(
    '%s: lint finds neither error nor warning',
    (_, folder) => {
      const site = siteIn(folder);
      const { facts, health } = readMachine(folder, site);
      const found = inShort(site, planOf(site, facts, backend, health), facts);
      // Sites of golden folders say odd things on purpose, two WANs on one interface among them.
      expect(found.filter((text) => !text.includes('(note)'))).toEqual([]);
    },
  );
});

/** What the machine has of polywan's from when the site's uplinks were plugged the other way round. */
function swapped(site: Site): Site {
  const interfaces = site.wans.map((wan) => wan.interface).reverse();
  return { ...site, wans: site.wans.map((wan, at) => ({ ...wan, interface: interfaces[at] ?? '' })) };
}

/** The site with gateways that are followed by `device`, which has its addresses, and no default route yet. */
function waiting(site: Site, facts: KernelState, device: string, families: readonly Family[]) {
  const auto = { ipv4: { kind: 'auto' }, ipv6: { kind: 'auto' } } as const;
  return {
    site: {
      ...site,
      wans: site.wans.map((wan) => (wan.interface === device ? { ...wan, gateway: auto } : wan)),
    },
    facts: {
      ...facts,
      routes: facts.routes.filter(
        ({ destination, hops, family }) =>
          destination.length > 0 || !hops.some((hop) => hop.device === device) || !families.includes(family),
      ),
    },
  };
}

describe.each(BACKENDS)('an apply by %s', (backend) => {
  const sites = [...examples, ...golden].map(
    (folder) => [folder.slice(ROOT.length + 1), siteIn(folder)] as const,
  );

  it.each(sites)('%s: is not kept from exchanging its uplinks’ interfaces', (_, site) => {
    const facts = assumedFacts(layOut(site).topology);
    const before = planOf(swapped(site), facts, backend);
    const observed = overlayPlan(facts, before.desired);
    expect(errorsOf(site, planOf(site, observed, backend), observed)).toEqual([]);
  });

  it.each(sites)('%s: is not kept from coming up while a gateway is not known', (_, given) => {
    for (const { interface: device } of given.wans)
      for (const families of [...FAMILIES.map((family) => [family]), FAMILIES]) {
        const { site, facts } = waiting(given, assumedFacts(layOut(given).topology), device, families);
        const found = errorsOf(site, planOf(site, facts, backend), facts);
        expect({ device, families, found }).toEqual({ device, families, found: [] });
      }
  });
});

it('routes of other programs’ tables make no client of a network that only they lead to', () => {
  const site = siteIn(join(ROOT, 'profiles/sites/home'));
  const facts = assumedFacts(layOut(site).topology);
  const known = facts.routes.find(
    ({ type, family, hops }) => type === 'unicast' && family === 'ipv4' && hops[0]?.device === 'lan0',
  );
  if (known === undefined) throw new Error('no route by lan0');
  const foreign = parsePrefix('10.11.0.0/16');
  if (foreign === undefined) throw new Error('no prefix');
  const { source: _, ...route } = { ...known, destination: foreign, table: 52 };
  const beside = { ...facts, routes: [route, ...facts.routes] };
  for (const backend of BACKENDS) expect(inShort(site, planOf(site, beside, backend), beside)).toEqual([]);
});

it('what is wrong with the machine’s own routes without the plan too is not the plan’s', () => {
  const site = usable(
    readFiles(
      files({
        site: 'steering: [{ name: rest, policy: balanced }]\n',
        fiber: 'families: ipv4\n',
        cable: 'families: ipv4\n',
      }),
    ),
  );
  const facts = assumedFacts(layOut(site).topology);
  const destination = parsePrefix('::/0');
  if (destination === undefined) throw new Error('no prefix');
  const hops = ['wan0', 'wan1'].map((device, at) => ({
    device,
    gateway: `2001:db8:${at + 1}::1`,
    weight: 1,
  }));
  const shared = {
    family: 'ipv6',
    table: 254,
    type: 'unicast',
    destination,
    metric: 1024,
    protocol: 3,
    hops,
  } as const;
  const addresses = ['wan0', 'wan1'].map(
    (device, at) =>
      ({ device, family: 'ipv6', address: `2001:db8:${at + 1}::2`, length: 64, scope: 0 }) as const,
  );
  const beside = {
    ...facts,
    addresses: [...facts.addresses, ...addresses],
    routes: [...facts.routes, shared],
  };
  for (const backend of BACKENDS) {
    const plan = planOf(site, beside, backend);
    expect(inShort(site, plan, beside)).toEqual([]);
    const damaged = { ...plan, desired: notLedInside(plan.desired) };
    expect(new Set(lintPlan(site, damaged, beside).map(({ check }) => check))).toEqual(
      new Set(['replies-routed-by-mark']),
    );
  }
});

it('a WAN that translates some sources only does so by the site’s own word', () => {
  const texts = {
    'polywan.yaml':
      'version: 1\nlan: [lan0, br+]\npolicies:\n  both: { members: [{ wan: fiber }, { wan: cable }] }\n  one: { members: [{ wan: cable }] }\nsteering:\n  - { name: guests, in: br+, policy: one }\n  - { name: rest, policy: both }\n',
    'profiles/fiber.yaml': `${FIBER}sources: [172.17.0.0/16]\n`,
    'profiles/cable.yaml': CABLE,
  };
  const site = usable(readFiles(texts));
  const facts = assumedFacts(layOut(site).topology);
  for (const backend of BACKENDS) expect(inShort(site, planOf(site, facts, backend), facts)).toEqual([]);
});

type Damage = (state: KernelState) => KernelState;

function withRules(change: (rules: readonly Rule[], chain: string) => readonly Rule[]): Damage {
  return (state) => ({
    ...state,
    tables: state.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({ ...chain, rules: change(chain.rules, chain.name) })),
    })),
  });
}

const savesMark = (one: Statement) =>
  one.kind === 'set' && one.target.kind === 'ct' && one.target.key === 'mark';
const ACCEPT: Statement = { kind: 'verdict', verdict: { kind: 'accept' } };

function notLedInside(state: KernelState): KernelState {
  const policyRules = state.policyRules.filter(
    ({ action }) => action.kind !== 'lookup' || action.suppressPrefixLength === undefined,
  );
  return { ...state, policyRules };
}

/** What would go wrong, and how lint calls it. */
const DAMAGES: readonly (readonly [string, string, Damage])[] = [
  ['marked replies are not led inside first', 'replies-routed-by-mark', notLedInside],
  [
    'no connection keeps its mark',
    'mark-not-saved',
    withRules((rules) =>
      rules.map(({ statements }) => ({ statements: statements.filter((one) => !savesMark(one)) })),
    ),
  ],
  [
    'a packet is accepted before its mark is saved',
    'accept-before-save',
    withRules((rules, chain) => {
      if (!/^(?:polywan-)?wan[-_]/.test(chain)) return rules;
      const statements = rules.flatMap((rule) => rule.statements);
      const saving = statements.filter(savesMark);
      return [
        { statements: [...statements.filter((one) => !savesMark(one)), ACCEPT] },
        { statements: saving },
      ];
    }),
  ],
  [
    'no known connection gets its mark back',
    'reroll-while-new',
    withRules((rules) => rules.filter((rule) => !/"(?:polywan-)?restore/.test(JSON.stringify(rule)))),
  ],
];

const SETTINGS = BACKENDS.flatMap((backend) => FAMILIES.map((family) => ({ backend, family })));

describe.each(SETTINGS)('a plan of $family for $backend is told of', ({ backend, family }) => {
  it.each(DAMAGES)('where %s: %s', (_, check, damage) => {
    const families = `families: ${family}\n`;
    const steering = 'steering: [{ name: rest, policy: balanced }]\n';
    const site = usable(readFiles(files({ site: steering, fiber: families, cable: families })));
    const facts = assumedFacts(layOut(site).topology);
    const plan = planOf(site, facts, backend);
    expect(inShort(site, plan, facts)).toEqual([]);
    const found = lintPlan(site, { ...plan, desired: damage(plan.desired) }, facts);
    expect(found.map((finding) => finding.check)).toContain(check);
    expect(() => refuseErrors(found)).toThrow(Refusal);
  });
});

it('a plan with an error is refused before anything is changed', () => {
  const finding = {
    check: 'accept-before-save',
    severity: 'error',
    message: 'the mark is lost',
    span: { file: '', start: 0, end: 0 },
    path: [],
    key: 'x',
  } as const;
  expect(() => refuseErrors([finding])).toThrow(Refusal);
  expect(() => refuseErrors([finding, finding])).toThrow(
    'nothing was changed: lint finds an error in what would be applied: the mark is lost (accept-before-save; see polywan explain accept-before-save), and 1 more',
  );
  expect(() => refuseErrors([{ ...finding, severity: 'warning' }])).not.toThrow();
});

it.each([
  ['ipv4', '172.17.0.2', ['203.0.113.0/24', '198.51.100.0/24', '192.0.2.0/24', '198.18.0.0/24']],
  ['ipv6', '"[2001:db8:1::2]"', ['2001:db8::/32']],
] as const)(
  'who comes in from outside by %s is no host of a network by another uplink',
  (family, to, known) => {
    const both = 'families: both\nmasquerade: yes\n';
    const forward = `port_forwards: [{ protocol: tcp, port: 2222, to: ${to} }]\n`;
    const site = usable(readFiles(files({ fiber: both + forward, cable: both })));
    const facts = assumedFacts(layOut(site).topology);
    const hops = [{ device: 'wan1', weight: 1 }];
    const routes = known
      .flatMap((text) => parsePrefix(text) ?? [])
      .map(
        (destination) =>
          ({ family, table: 254, type: 'unicast', destination, metric: 1, protocol: 2, hops }) as const,
      );
    const beside = { ...facts, routes: [...facts.routes, ...routes] };
    for (const backend of BACKENDS) expect(errorsOf(site, planOf(site, beside, backend), beside)).toEqual([]);
  },
);
