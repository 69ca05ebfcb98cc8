import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/plan/compile.ts';
import type { PlanInput } from '../../../src/plan/plan.ts';
import { FIRST_PLAN, machineWith, samplePolicy, sampleSite, sampleWan } from './sample-site.ts';

/** Two policies with both WANs; `first` puts cable into a second tier. */
const SITE = sampleSite({
  wans: [sampleWan('fiber', { interface: 'wan0' }), sampleWan('cable', { interface: 'wan1' })],
  policies: [
    samplePolicy('balanced', { fiber: 3, cable: 1 }),
    samplePolicy('first', { fiber: 1, cable: 1 }, { lastResort: 'blackhole' }),
  ],
});
const FACTS = machineWith('wan0', 'wan1');

function planWith(backend: PlanInput['backend'], changes: Partial<PlanInput>) {
  return compile(SITE, FACTS, { ...FIRST_PLAN, backend, ...changes });
}

function active(changes: Partial<PlanInput>): readonly (readonly string[])[] {
  return planWith('nftables', changes).policies.map((policy) => policy.active.ipv4.map(({ wan }) => wan));
}

describe('a WAN that a policy holds back', () => {
  it('takes no new connections of that policy, and all of another', () => {
    expect(active({ held: { balanced: ['fiber'] } })).toEqual([['cable'], ['fiber', 'cable']]);
  });

  it('leaves the policy to its last resort when it is the only one that is up', () => {
    expect(active({ health: { cable: 'down' }, held: { first: ['fiber'] } })).toEqual([['fiber'], []]);
  });

  it.each(['nftables', 'iptables'] as const)('changes nothing in %s when nothing is held', (backend) => {
    expect(planWith(backend, { held: { balanced: [] } })).toEqual(planWith(backend, {}));
  });

  it.each(['nftables', 'iptables'] as const)(
    'is in %s what a WAN that is down is for one policy',
    (backend) => {
      const everywhere = { balanced: ['fiber'], first: ['fiber'] };
      const held = planWith(backend, { held: everywhere }).desired.tables;
      expect(held).toEqual(planWith(backend, { health: { fiber: 'down' } }).desired.tables);
      expect(planWith(backend, { held: { first: ['fiber'] } }).desired.tables).not.toEqual(held);
    },
  );
});

describe('names that every object has', () => {
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
  const site = sampleSite({
    wans: names.map((name, index) => sampleWan(name, { interface: `wan${index}` })),
    policies: [samplePolicy('constructor', Object.fromEntries(names.map((name) => [name, 1])))],
  });
  const facts = machineWith('wan0', 'wan1', 'wan2', 'wan3');

  it('may name WANs and policies', () => {
    const { policies, wans } = compile(site, facts, FIRST_PLAN);
    expect(policies.map(({ active }) => active.ipv4.map(({ wan }) => wan))).toEqual([names]);
    expect(wans.map(({ table }) => table)).toEqual([8701, 8702, 8703, 8704]);
  });
});
