import {
  anonymousSet,
  binary,
  CT_MARK,
  type Expression,
  META_MARK,
  meta,
  number,
  string,
} from '../kernel/expression.ts';
import type { Rule } from '../kernel/netfilter.ts';
import type { Statement } from '../kernel/statement.ts';
import type { Verdict } from '../kernel/verdict.ts';
import { addressBits, type Family } from '../net/family.ts';
import { patternHolds } from '../net/interface-pattern.ts';
import type { Mark } from '../net/mark.ts';
import type { PortRange } from '../net/port-range.ts';
import type { Prefix } from '../net/prefix.ts';

/** The words generated nft rules are made of. */

export function rule(comment: string, ...statements: readonly Statement[]): Rule {
  return { statements, comment };
}

export function match(left: Expression, right: Expression, operator: '==' | '!=' = '=='): Statement {
  return { kind: 'match', operator, left, right };
}

export const RETURN: Statement = { kind: 'verdict', verdict: { kind: 'return' } };

export function go(kind: 'jump' | 'goto', chain: string): Statement {
  return { kind: 'verdict', verdict: { kind, chain } };
}

/** One value as itself, several as an anonymous set. */
export function oneOf(values: readonly Expression[]): Expression {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : anonymousSet(values);
}

/**
 * `br+` of the site is nft's `br*`. Of names that overlap the widest stands for all: nft lists a set as the union of
 * them.
 */
export function interfaces(names: readonly string[]): Expression {
  const patterns = names.filter((name) => name.endsWith('+'));
  const widest = [...new Set(names)].filter(
    (name) => !patterns.some((other) => other !== name && patternHolds(other, name)),
  );
  return oneOf(widest.map((name) => string(name.replace(/\+$/, '*'))));
}

export function masked(word: Expression, mask: number): Expression {
  return binary('&', word, number(mask));
}

/** Writes the mark under its mask to the packet: the other bits stay (kernel-facts 3.2). */
export function setPacketMark(mark: Mark): Statement {
  return { kind: 'set', target: META_MARK, value: underMask(META_MARK, mark) };
}

/** Writes the mark under its mask to the connection. */
export function setConnmark(mark: Mark): Statement {
  return { kind: 'set', target: CT_MARK, value: underMask(CT_MARK, mark) };
}

/** As nft lists it: where all bits are set none has to be cleared first. */
function underMask(word: Expression, { value, mask }: Mark): Expression {
  const others = value === mask ? word : masked(word, ~mask >>> 0);
  return binary('|', others, number(value));
}

/** `key vmap { … }`; every entry is a chain to go to. */
export function vmap(key: Expression, entries: readonly (readonly [Expression, Verdict])[]): Statement {
  const elements = entries.map(([entry, to]) => ({
    key: entry,
    value: { kind: 'verdict' as const, verdict: to },
  }));
  return { kind: 'vmap', key, map: { kind: 'set', elements } };
}

export function goto(chain: string): Verdict {
  return { kind: 'goto', chain };
}

function isFamily(family: Family): Statement {
  return match(meta('nfproto'), string(family));
}

/** Matches for packets of one family. The header of one says it by itself, and nft lists no other word for it then. */
export function ofFamily(family: Family, matches: readonly Statement[]): readonly Statement[] {
  const says = matches.some(
    (one) => one.kind === 'match' && one.left.kind === 'payload' && one.left.protocol === header(family),
  );
  return says ? matches : [isFamily(family), ...matches];
}

/** `ip` or `ip6`: the protocol whose header holds the addresses. */
export function header(family: Family): 'ip' | 'ip6' {
  return family === 'ipv4' ? 'ip' : 'ip6';
}

export function isNew(operator: '==' | '!=' = '=='): Statement {
  return match({ kind: 'ct', key: 'state' }, string('new'), operator);
}

/** What kind of destination main and its like make of the address. */
export function fibType(types: readonly string[]): Statement {
  return match({ kind: 'fib', result: 'type', flags: ['daddr'] }, oneOf(types.map(string)));
}

/** A host prefix is its bare address, as both backends list it. */
export function prefixExpression(prefix: Prefix): Expression {
  return prefix.length === addressBits(prefix.family) ? string(prefix.address) : { kind: 'prefix', prefix };
}

export function portExpression(range: PortRange): Expression {
  if (range.from === range.to) return number(range.from);
  return { kind: 'range', from: number(range.from), to: number(range.to) };
}
