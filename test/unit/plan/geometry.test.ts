import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_STATE } from '../../../src/kernel/state.ts';
import { allocate, lastResortMarks } from '../../../src/plan/geometry.ts';
import { ORIGIN, sampleSite, sampleWan } from './sample-site.ts';

function siteOf(...names: readonly string[]) {
  return sampleSite({ wans: names.map((name) => sampleWan(name)) });
}

describe('automatic numbers', () => {
  it('counts marks up from the lowest bit of the mask and tables from 8701', () => {
    const { numbers } = allocate(siteOf('fiber', 'cable'), EMPTY_STATE, { slots: {} });
    expect([...numbers.entries()]).toEqual([
      ['fiber', { slot: 1, mark: 0x01000000, table: 8701 }],
      ['cable', { slot: 2, mark: 0x02000000, table: 8702 }],
    ]);
  });

  it('a WAN keeps its numbers whatever is added, removed or reordered, and nobody else gets them at once', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 2, maxLength: 8 }), (history) => {
        let before: Readonly<Record<string, number>> = {};
        for (const wans of history) {
          const { allocation } = allocate(siteOf(...wans), EMPTY_STATE, { slots: before });
          const slots = Object.values(allocation.slots);
          expect(new Set(slots).size).toBe(slots.length);
          for (const [name, slot] of Object.entries(allocation.slots)) {
            const owner = Object.entries(before).find(([, held]) => held === slot)?.[0];
            expect(owner ?? name).toBe(name);
            expect(before[name] ?? slot).toBe(slot);
          }
          before = allocation.slots;
        }
      }),
    );
  });

  it('a full mask gives a new WAN the number of one that goes, never the mark of a last resort', () => {
    const site = (...names: readonly string[]) =>
      sampleSite({ wans: names.map((name) => sampleWan(name)), markMask: 0x7 });
    const before = allocate(site('a', 'b', 'c', 'd', 'e'), EMPTY_STATE, { slots: {} });
    const { numbers } = allocate(site('a', 'b', 'new', 'd', 'e'), EMPTY_STATE, before.allocation);
    expect([...numbers.values()].map((one) => one.mark)).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves the numbers whose marks are free to those that count on them', () => {
    const own = { value: 3, span: ORIGIN.span };
    const wans = ['a', 'b', 'c', 'd', 'e'].map((name) => sampleWan(name, name === 'a' ? { mark: own } : {}));
    const { numbers } = allocate(sampleSite({ wans, markMask: 0x7 }), EMPTY_STATE, { slots: {} });
    expect(wans.map(({ name }) => numbers.get(name)?.mark)).toEqual([3, 1, 2, 4, 5]);
  });

  it('steps over a mark or a table that a profile chose by hand', () => {
    const located = (value: number) => ({ value, span: ORIGIN.span });
    const wans = [
      sampleWan('fiber'),
      sampleWan('cable', { mark: located(0x01000000), table: located(8702) }),
      sampleWan('lte'),
    ];
    const { numbers } = allocate(sampleSite({ wans }), EMPTY_STATE, { slots: {} });
    const seen = [...numbers.values()];
    expect(new Set(seen.map((one) => one.mark)).size).toBe(3);
    expect(new Set(seen.map((one) => one.table)).size).toBe(3);
  });

  it('steps over a table in which another program keeps routes', () => {
    const foreign = {
      family: 'ipv4' as const,
      table: 8701,
      type: 'unicast' as const,
      destination: { family: 'ipv4' as const, address: '203.0.113.0', length: 24 },
      metric: 0,
      protocol: 3,
      hops: [{ device: 'wg0' }],
    };
    const { numbers } = allocate(siteOf('fiber'), { ...EMPTY_STATE, routes: [foreign] }, { slots: {} });
    expect(numbers.get('fiber')?.table).toBe(8702);
  });

  it('the last resorts have the two highest values of the mask', () => {
    expect(lastResortMarks(0xff000000)).toEqual({ unreachable: 0xff000000, blackhole: 0xfe000000 });
    expect(lastResortMarks(0xff)).toEqual({ unreachable: 0xff, blackhole: 0xfe });
  });
});
