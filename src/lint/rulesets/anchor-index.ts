import type { Statement } from '../../kernel/statement.ts';
import { addressPoint } from '../../trace/term.ts';
import { hashOf } from './network.ts';

/**
 * Rules of one chain by the single addresses they ask for: a rule can only be before another in this sense if that one
 * asks for the same address. Nearly all rules of a big ruleset are told apart by this alone, and nothing is made of them.
 */
export interface AnchorIndex {
  /** The last rule that asks for an address of these, and is taken; -1 for none. */
  readonly find: (statements: readonly Statement[], take: (at: number) => boolean) => number;
  /** Rules that have to be found in another way: this one, where it asks for no single address that few others ask for. */
  readonly add: (statements: readonly Statement[], at: number) => readonly number[];
  readonly forget: () => void;
}

/** As many rules with one address are looked at one by one; more are told apart by the rest of what they ask. */
const CROWD = 4;

/** Instead of a rule: too many ask for this address. */
const CROWDED = -2;

const NONE: readonly number[] = [];

export function anchorIndex(size: number): AnchorIndex {
  const last = new Map<number, number>();
  const before = new Int32Array(size).fill(-1);
  const membersFrom = (start: number): number[] => {
    const members: number[] = [];
    for (let at = start; at >= 0; at = before[at] ?? -1) members.push(at);
    return members;
  };
  return {
    find: (statements, take) => {
      if (last.size === 0) return -1;
      for (const statement of statements) {
        const anchor = anchorOf(statement);
        let at = anchor === undefined ? -1 : (last.get(anchor) ?? -1);
        for (; at >= 0; at = before[at] ?? -1) if (take(at)) return at;
      }
      return -1;
    },
    add: (statements, at) => {
      for (const statement of statements) {
        const anchor = anchorOf(statement);
        const other = anchor === undefined ? CROWDED : (last.get(anchor) ?? -1);
        if (anchor === undefined || other === CROWDED) continue;
        const members = other === -1 ? NONE : membersFrom(other);
        last.set(anchor, members.length < CROWD ? at : CROWDED);
        if (members.length >= CROWD) return [...members, at];
        before[at] = other;
        return NONE;
      }
      return [at];
    },
    forget: () => last.clear(),
  };
}

/** The same number for the same address in the same field. */
function anchorOf(statement: Statement): number | undefined {
  if (statement.kind !== 'match' || statement.operator !== '==') return undefined;
  const { left, right } = statement;
  if (left.kind !== 'payload' || right.kind !== 'string') return undefined;
  if (left.field !== 'saddr' && left.field !== 'daddr') return undefined;
  const family = left.protocol === 'ip' ? 'ipv4' : 'ipv6';
  const point =
    left.protocol === 'ip' || left.protocol === 'ip6' ? addressPoint(right.value, family) : undefined;
  if (point === undefined) return undefined;
  return left.field === 'saddr' ? hashOf(point) : ~hashOf(point);
}
