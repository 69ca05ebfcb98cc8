import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { FULL_MASK } from '../../net/mark.ts';
import { basesOfRule, type RuleAt } from '../all-rules.ts';
import type { MarkRead } from '../marks/mark-read.ts';
import { markUsesOf } from '../marks/mark-uses.ts';
import { type MarkWrite, writtenBits } from '../marks/mark-write.ts';

/** A value that may be routed by, as a policy rule would ask for it. */
export interface RoutingValue {
  readonly value: number;
  readonly mask: number;
  /** It is set together with TPROXY: what carries it is for this machine. */
  readonly local: boolean;
}

/** Bits that belong together, and the values they are given where policy rules are not known. */
export interface RoutingField {
  readonly mask: number;
  readonly values: readonly RoutingValue[];
}

/**
 * What the marks of a ruleset say about routing when nobody gives the policy rules: values that come into the packet
 * mark before a routing decision, each field of bits by itself. Marks that rules only look at later are no routing marks.
 */
export function routingFields(state: KernelState, family: Family): readonly RoutingField[] {
  const { writes, reads } = markUsesOf(state, family);
  const values = narrow(
    withoutTwins([
      ...writes.filter((write) => write.word === 'packet' && canRoute(write.at)).flatMap(valuesOf),
      ...restored(writes),
      ...fromSockets(writes, reads),
    ]),
  );
  return groupByBits(values).map((group) => ({
    mask: group.reduce((bits, { mask }) => (bits | mask) >>> 0, 0),
    values: withoutTwins(group),
  }));
}

/** Whether a packet mark that is set here can have a say in where this packet goes (kernel-facts 5.1, 5.2). */
export function canRoute(at: RuleAt): boolean {
  return basesOfRule(at).some(
    ({ hook, type }) => hook === 'prerouting' || (hook === 'output' && type === 'route'),
  );
}

function valuesOf(write: MarkWrite): readonly RoutingValue[] {
  const mask = writtenBits(write);
  const local = write.tproxy === true || write.at.rule.statements.some(({ kind }) => kind === 'tproxy');
  return (write.constants ?? []).flatMap((constant) => {
    const value = (constant & mask) >>> 0;
    return value === 0 ? [] : [{ value, mask, local }];
  });
}

/** Connmarks that are set to a value and come into the packet mark before routing. */
function restored(writes: readonly MarkWrite[]): readonly RoutingValue[] {
  const bits = restoredBits(writes);
  return writes
    .filter(({ word }) => word === 'connection')
    .flatMap(valuesOf)
    .flatMap(({ value, mask, local }) => {
      const kept = (value & bits) >>> 0;
      return kept === 0 ? [] : [{ value: kept, mask: (mask & bits) >>> 0, local }];
    });
}

/** Bits of the connmark that come into the packet mark where it can route. */
export function restoredBits(writes: readonly MarkWrite[]): number {
  return writes
    .filter(({ word, copied, at }) => word === 'packet' && copied !== 0 && canRoute(at))
    .reduce((sum, { copied }) => (sum | copied) >>> 0, 0);
}

/** Marks that a rule asks for in order to save them, although no rule sets them: sockets do (SO_MARK). */
function fromSockets(writes: readonly MarkWrite[], reads: readonly MarkRead[]): readonly RoutingValue[] {
  const bits = restoredBits(writes);
  const saving = new Set(
    writes
      .filter(({ word, copied }) => word === 'connection' && (copied & bits) !== 0)
      .map(({ at }) => at.rule),
  );
  return reads
    .filter(({ word, inverted, at }) => word === 'packet' && !inverted && saving.has(at.rule))
    .flatMap(({ values = [], mask }) => values.map((value) => ({ value, mask, local: false })))
    .filter(({ value, mask }) => value !== 0 && (value & mask) >>> 0 === value);
}

/**
 * A value written to the whole word says nothing of which bits are meant: those that such values have at all. Other
 * bits are never set by them, so for these rules it is the same.
 */
function narrow(values: readonly RoutingValue[]): readonly RoutingValue[] {
  const whole = values.filter(({ mask }) => mask === FULL_MASK);
  const bits = whole.reduce((sum, { value }) => (sum | value) >>> 0, 0);
  return values.map((one) => (one.mask === FULL_MASK ? { ...one, mask: bits } : one));
}

/** Masks that overlap are of one field. */
function groupByBits(values: readonly RoutingValue[]): readonly (readonly RoutingValue[])[] {
  let groups: { readonly mask: number; readonly values: readonly RoutingValue[] }[] = [];
  for (const one of values) {
    const near = groups.filter(({ mask }) => (mask & one.mask) !== 0);
    const mask = near.reduce((sum, group) => (sum | group.mask) >>> 0, one.mask);
    const joined = { mask, values: [...near.flatMap((group) => group.values), one] };
    groups = [...groups.filter((group) => !near.includes(group)), joined];
  }
  return groups.map((group) => group.values);
}

/** Once each; policy rules with fewer bits first, since a mark that has more may have been given a flag beside. */
function withoutTwins(values: readonly RoutingValue[]): readonly RoutingValue[] {
  const byName = new Map<string, RoutingValue>();
  for (const one of values) {
    const name = `${one.value}/${one.mask}`;
    const twin = byName.get(name);
    byName.set(name, twin === undefined ? one : { ...one, local: one.local || twin.local });
  }
  return [...byName.values()].sort((a, b) => bitCount(a.mask) - bitCount(b.mask));
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count += 1;
  return count;
}
