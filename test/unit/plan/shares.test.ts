import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeMembers, dealSlots, slotCount } from '../../../src/plan/shares.ts';
import type { Uplink } from '../../../src/plan/uplinks.ts';
import { samplePolicy, sampleWan } from './sample-site.ts';

function uplinks(states: Readonly<Record<string, boolean>>): readonly Uplink[] {
  return Object.entries(states).map(([name, healthy], index) => ({
    wan: sampleWan(name),
    numbers: { slot: index + 1, mark: (index + 1) << 24, table: 8701 + index },
    mark: { value: (index + 1) << 24, mask: 0xff000000 },
    gateways: new Map([['ipv4', { onlink: false }]]),
    addresses: [],
    delegated: [],
    nat: sampleWan(name).nat,
    shared: [],
    down: healthy ? [] : (['ipv4'] as const),
    held: {},
  }));
}

function shareOf(slots: readonly { readonly wan: string }[], wan: string): number {
  return slots.filter((slot) => slot.wan === wan).length / slots.length;
}

describe('weights become slots', () => {
  it('three to one deals every fourth connection to the lighter WAN', () => {
    const { members } = samplePolicy('p', { fiber: 3, cable: 1 });
    expect(dealSlots(members, 4).map((slot) => slot.wan)).toEqual(['fiber', 'fiber', 'cable', 'fiber']);
  });

  it('each slot goes to the WAN that is furthest behind its share, of several to the first', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 120 }), (list, count) => {
        const members = list.map((weight, index) => ({ wan: `w${index}`, weight }));
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const dealt = list.map(() => 0);
        const expected = Array.from({ length: count }, (_, slot) => {
          const behind = list.map((weight, index) => (slot + 1) * weight - total * (dealt[index] ?? 0));
          const next = behind.indexOf(Math.max(...behind));
          dealt[next] = (dealt[next] ?? 0) + 1;
          return `w${next}`;
        });
        expect(dealSlots(members, count).map(({ wan }) => wan)).toEqual(expected);
      }),
    );
  });

  it('the number of slots does not depend on health', () => {
    const policy = samplePolicy('p', { fiber: 3, cable: 1 });
    expect(slotCount(policy)).toBe(12);
  });

  it('shares are exact for every set of WANs that are up, for usual weights', () => {
    const two = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 2 });
    const more = fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 });
    const weights = fc.oneof(two, more);
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 15 }), (list, up) => {
        const policy = samplePolicy(
          'p',
          Object.fromEntries(list.map((weight, index) => [`w${index}`, weight])),
        );
        const count = slotCount(policy);
        const members = policy.members.filter((_, index) => (up >> index) & 1);
        fc.pre(members.length > 0);
        const total = members.reduce((sum, member) => sum + member.weight, 0);
        const slots = dealSlots(members, count);
        for (const member of members)
          expect(shareOf(slots, member.wan)).toBeCloseTo(member.weight / total, 12);
      }),
    );
  });

  it('shares of any number of WANs and any weights are off by less than one slot in 256', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(weights, (list) => {
        const policy = samplePolicy(
          'p',
          Object.fromEntries(list.map((weight, index) => [`w${index}`, weight])),
        );
        const count = slotCount(policy);
        expect(count).toBeLessThanOrEqual(1024);
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const slots = dealSlots(policy.members, count);
        for (const member of policy.members) {
          expect(Math.abs(shareOf(slots, member.wan) - member.weight / total)).toBeLessThan(1 / 256);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('tiers', () => {
  const tiered = samplePolicy(
    'p',
    {},
    {
      members: [
        { wan: 'fiber', weight: 3, tier: 1, origin: sampleWan('x').origin },
        { wan: 'cable', weight: 1, tier: 1, origin: sampleWan('x').origin },
        { wan: 'lte', weight: 1, tier: 2, origin: sampleWan('x').origin },
      ],
    },
  );
  const active = (states: Readonly<Record<string, boolean>>): readonly string[] =>
    activeMembers(tiered, 'ipv4', uplinks(states)).map((member) => member.wan);

  it('the lowest tier with a WAN that is up takes everything', () => {
    expect(active({ fiber: true, cable: true, lte: true })).toEqual(['fiber', 'cable']);
    expect(active({ fiber: false, cable: true, lte: true })).toEqual(['cable']);
    expect(active({ fiber: false, cable: false, lte: true })).toEqual(['lte']);
    expect(active({ fiber: false, cable: false, lte: false })).toEqual([]);
  });

  it('a WAN without a gateway in this family takes nothing', () => {
    expect(activeMembers(tiered, 'ipv6', uplinks({ fiber: true, cable: true, lte: true }))).toEqual([]);
  });
});
