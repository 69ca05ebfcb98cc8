import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '../../../src/kernel/routing.ts';
import { markGroups } from '../../../src/plan/mark-groups.ts';
import { planPolicyRules } from '../../../src/plan/policy-rules.ts';
import type { Uplink } from '../../../src/plan/uplinks.ts';
import { sampleSite, sampleWan } from './sample-site.ts';

const MASK = 0x7f80;
const LOWEST = 7;

function uplink(slot: number, mark: number): Uplink {
  const value = mark << LOWEST;
  const wan = sampleWan(`w${slot}`);
  return {
    wan,
    numbers: { slot, mark: value, table: 8700 + slot },
    mark: { value, mask: MASK },
    gateways: new Map(),
    addresses: [],
    delegated: [],
    nat: wan.nat,
    shared: [],
    down: [],
    held: {},
  };
}

function rulesOf(uplinks: readonly Uplink[]): readonly PolicyRule[] {
  const site = sampleSite({ wans: uplinks.map(({ wan }) => wan), markMask: MASK });
  return [...planPolicyRules(site, uplinks)].sort((a, b) => a.priority - b.priority);
}

/** What the rules come to for a packet with this mark where these tables have nothing for it, and how many were tried. */
function walk(rules: readonly PolicyRule[], mark: number, empty: ReadonlySet<number>) {
  let tried = 0;
  for (let at = 0; at < rules.length; at += 1) {
    const rule = rules[at];
    const { fwmark } = rule?.selector ?? {};
    tried += 1;
    if (rule === undefined || fwmark === undefined || ((mark ^ fwmark.value) & fwmark.mask) !== 0) continue;
    const { action } = rule;
    if (action.kind === 'goto') at = rules.findIndex(({ priority }) => priority === action.priority) - 1;
    else if (action.kind !== 'lookup' || !empty.has(action.table)) return { rule, tried };
  }
  return { rule: undefined, tried };
}

const isGoto = ({ action }: PolicyRule) => action.kind === 'goto';

describe('with many WANs', () => {
  it('every mark comes to the same rule as without groups, whatever the slots and marks', () => {
    const some = fc.record({
      last: fc.integer({ min: 20, max: 90 }),
      dropped: fc.uniqueArray(fc.integer({ min: 1, max: 90 }), { maxLength: 6 }),
      byHand: fc.dictionary(fc.integer({ min: 1, max: 90 }).map(String), fc.integer({ min: 1, max: 253 }), {
        maxKeys: 8,
      }),
      gone: fc.uniqueArray(fc.integer({ min: 1, max: 90 })),
    });
    let grouped = 0;
    fc.assert(
      fc.property(some, ({ last, dropped, byHand, gone }) => {
        const used = new Set<number>();
        const slots = Array.from({ length: last }, (_, at) => at + 1).filter(
          (slot) => !dropped.includes(slot),
        );
        const uplinks = slots.flatMap((slot) => {
          const mark = byHand[slot] ?? slot;
          return used.size === used.add(mark).size ? [] : [uplink(slot, mark)];
        });
        const rules = rulesOf(uplinks);
        const plain = rules.filter((rule) => !isGoto(rule));
        grouped += rules.some(isGoto) ? 1 : 0;
        const empty = new Set(gone.map((slot) => 8700 + slot));
        for (let mark = 0; mark < 256; mark += 1)
          expect(walk(rules, mark << LOWEST, empty).rule).toBe(walk(plain, mark << LOWEST, empty).rule);
      }),
    );
    expect(grouped).toBeGreaterThan(0);
  });

  it('a mark of 64 is found by 17 rules at most, not by 65', () => {
    const uplinks = Array.from({ length: 64 }, (_, at) => uplink(at + 1, at + 1));
    const rules = rulesOf(uplinks);
    const most = Math.max(...uplinks.map(({ mark }) => walk(rules, mark.value, new Set()).tried));
    expect(most).toBe(17);
  });

  it('few WANs have no groups, and marks with nothing in common have none', () => {
    const auto = (count: number) => Array.from({ length: count }, (_, at) => uplink(at + 1, at + 1));
    const apart = Array.from({ length: 31 }, (_, at) => uplink(at + 1, 8 * at));
    expect(markGroups(auto(15))).toEqual([]);
    expect(markGroups(auto(16))).not.toEqual([]);
    expect(markGroups(apart)).toEqual([]);
  });
});
