import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlayPlan } from '../../../../src/cli/model/overlay-plan.ts';
import type { Site } from '../../../../src/config/site.ts';
import type { KernelState } from '../../../../src/kernel/state.ts';
import { FAMILIES, type Family } from '../../../../src/net/family.ts';
import { CABLE, FIBER, readFiles } from '../../config/diagnose.ts';
import { readMachine } from '../../golden-machine.ts';
import { BACKENDS, errorsOf, factsFor, inShort, planOf, ROOT, siteIn, usable } from './planned.ts';

const examples = readdirSync(join(ROOT, 'profiles/sites')).map((name) => join(ROOT, 'profiles/sites', name));
const golden = readdirSync(join(ROOT, 'test/golden')).map((name) => join(ROOT, 'test/golden', name));

describe.each(BACKENDS)('what polywan makes for %s', (backend) => {
  it.each(examples.map((folder) => [folder.slice(ROOT.length + 1), folder]))(
    '%s: lint has nothing to say',
    (_, folder) => {
      const site = siteIn(folder);
      const facts = factsFor(site);
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

it('lint has nothing to say where the site itself asks a WAN to translate some sources only', () => {
  const texts = {
    'polywan.yaml':
      'version: 1\nlan: [lan0, br+]\npolicies:\n  both: { members: [{ wan: fiber }, { wan: cable }] }\n  one: { members: [{ wan: cable }] }\nsteering:\n  - { name: guests, in: br+, policy: one }\n  - { name: rest, policy: both }\n',
    'profiles/fiber.yaml': `${FIBER}sources: [172.17.0.0/16]\n`,
    'profiles/cable.yaml': CABLE,
  };
  const site = usable(readFiles(texts));
  const facts = factsFor(site);
  for (const backend of BACKENDS) expect(inShort(site, planOf(site, facts, backend), facts)).toEqual([]);
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
    const facts = factsFor(site);
    const before = planOf(swapped(site), facts, backend);
    const observed = overlayPlan(facts, before.desired);
    expect(errorsOf(site, planOf(site, observed, backend), observed)).toEqual([]);
  });

  it.each(sites)('%s: is not kept from coming up while a gateway is not known', (_, given) => {
    for (const { interface: device } of given.wans)
      for (const families of [...FAMILIES.map((family) => [family]), FAMILIES]) {
        const { site, facts } = waiting(given, factsFor(given), device, families);
        const found = errorsOf(site, planOf(site, facts, backend), facts);
        expect({ device, families, found }).toEqual({ device, families, found: [] });
      }
  });
});
