import type { Expression } from '../../kernel/expression.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import { indexIpset } from '../../trace/ipset-index.ts';
import { comparisonRanges, readConstant, readOperand } from '../../trace/operand.ts';
import { ICMP, ICMPV6 } from '../../trace/protocol.ts';
import { type Ranges, uniteAll } from '../../trace/ranges.ts';
import type { RuleAt } from '../all-rules.ts';
import { markReads } from '../marks/mark-read.ts';
import { domainOf, type Field, type Wish, withField, withIn } from './wish.ts';

type Match = Extract<Statement, { kind: 'match' }>;

/** Header fields a wish knows, with the protocol they imply. */
const PORTS: Readonly<Record<string, number | undefined>> = {
  tcp: 6,
  udp: 17,
  sctp: 132,
  udplite: 136,
  dccp: 33,
  th: undefined,
};

/** The wish and what a match asks for. What it asks beyond the fields of a wish is left to the trace. */
export function addMatch(wish: Wish, match: Match, at: RuleAt, state: KernelState): Wish {
  const { left, right, operator } = match;
  if (left.kind === 'meta' && /^iif(?:name)?$/.test(left.key)) return addNames(wish, match);
  if (left.kind === 'fib') return addLocal(wish, match);
  if (left.kind === 'either') return addEither(wish, match, left.parts, at, state);
  if (left.kind === 'concat') return addMember(wish, match, at, state);
  const read = fieldOf(left, wish);
  if (read !== undefined) return addField(wish, match, read, at, state);
  const protocol = left.kind === 'payload' ? protocolOf(left.protocol) : undefined;
  const implied = protocol === undefined ? wish : withField(wish, 'protocol', [protocol, protocol], true);
  if (operator !== '==' && operator !== '!=') return implied;
  const [mark] = markReads(match, at);
  const [value] = mark?.values ?? [];
  if (mark?.word !== 'packet' || mark.inverted || value === undefined || value === 0) return implied;
  return right.kind === 'number' ? { ...implied, mark: { value, mask: mark.mask } } : implied;
}

/**
 * Either of two ports: the second one, which is the destination's, is wished for, as services are known by it. A match that
 * excludes a value excludes it from both.
 */
function addEither(
  wish: Wish,
  match: Match,
  parts: readonly [Expression, Expression],
  at: RuleAt,
  state: KernelState,
): Wish {
  const [one, other] = parts;
  const asked = addMatch(wish, { ...match, left: other }, at, state);
  return match.operator === '!=' ? addMatch(asked, { ...match, left: one }, at, state) : asked;
}

/** A key of a verdict map: the wish that leads to the chain. */
export function addKey(wish: Wish, key: Expression, value: Expression, at: RuleAt, state: KernelState): Wish {
  return addMatch(wish, { kind: 'match', operator: '==', left: key, right: value }, at, state);
}

function protocolOf(name: string): number | undefined {
  return name === 'icmp' ? ICMP : name === 'icmpv6' ? ICMPV6 : PORTS[name];
}

interface FieldRead {
  readonly field: Field;
  readonly datatype: string;
  /** Protocol that has the field. */
  readonly protocol?: number;
}

function fieldOf(left: Expression, { family }: Wish): FieldRead | 'other family' | undefined {
  if (left.kind === 'meta') {
    if (left.key === 'l4proto') return { field: 'protocol', datatype: 'inet_proto' };
    return left.key === 'skuid' ? { field: 'uid', datatype: 'uid' } : undefined;
  }
  if (left.kind !== 'payload') return undefined;
  const { protocol, field } = left;
  if (protocol === 'ip' || protocol === 'ip6') {
    if ((protocol === 'ip') !== (family === 'ipv4')) return 'other family';
    if (field === 'saddr' || field === 'daddr') return { field, datatype: '' };
    if (field === 'protocol' || field === 'nexthdr') return { field: 'protocol', datatype: 'inet_proto' };
    return field === 'dscp' ? { field, datatype: 'dscp' } : undefined;
  }
  if ((field === 'sport' || field === 'dport') && protocol in PORTS)
    return { field, datatype: 'inet_service', ...withProtocol(PORTS[protocol]) };
  if ((protocol === 'icmp' || protocol === 'icmpv6') && field === 'type')
    return {
      field: 'icmpType',
      datatype: `${protocol}_type`,
      ...withProtocol(protocol === 'icmp' ? ICMP : ICMPV6),
    };
  return undefined;
}

function withProtocol(protocol: number | undefined) {
  return protocol === undefined ? {} : { protocol };
}

function addField(
  wish: Wish,
  { operator, right }: Match,
  read: FieldRead | 'other family',
  at: RuleAt,
  state: KernelState,
): Wish {
  if (read === 'other family') return { ...wish, impossible: true };
  const { field, datatype, protocol } = read;
  const first = protocol === undefined ? wish : withField(wish, 'protocol', [protocol, protocol], true);
  const type = { domain: domainOf(wish.family, field), datatype };
  if (operator !== '==' && operator !== '!=') {
    const point = readConstant(right, type);
    const ranges = point === undefined ? undefined : comparisonRanges(operator, point, type.domain);
    return ranges === undefined ? first : withField(first, field, ranges, true);
  }
  const ranges =
    right.kind === 'set-ref' ? memberRanges(right, field, type, at, state) : operandRanges(right, type);
  return ranges === undefined || ranges.length === 0
    ? first
    : withField(first, field, ranges, operator === '==');
}

function operandRanges(right: Expression, type: Parameters<typeof readOperand>[1]): Ranges | undefined {
  const operand = readOperand(right, type);
  return operand?.kind === 'ranges' ? operand.ranges : undefined;
}

/** What is in a named set or ipset; undefined where that is not known. */
function memberRanges(
  set: Extract<Expression, { kind: 'set-ref' }>,
  field: Field,
  type: Parameters<typeof readOperand>[1],
  at: RuleAt,
  state: KernelState,
): Ranges | undefined {
  if (set.ipset === true) {
    const ipset = state.ipsets.find(({ name }) => name === set.name);
    if (ipset === undefined || (field !== 'saddr' && field !== 'daddr')) return undefined;
    const { entries, parts } = indexIpset(ipset);
    if (parts.length !== 1) return undefined;
    return uniteAll(
      entries.flatMap(({ ranges: [one], nomatch }) => (nomatch || one === undefined ? [] : [one])),
    );
  }
  const named = setOf(set.name, at, state);
  if (named === undefined || named.elements.length === 0) return undefined;
  const elements = named.elements.map(({ key }) => ({ key }));
  return operandRanges({ kind: 'set', elements }, type);
}

function addNames(wish: Wish, { operator, right }: Match): Wish {
  const names = namesOf(right);
  return names === undefined ? wish : withIn(wish, names, operator === '==');
}

function namesOf(right: Expression): readonly string[] | undefined {
  if (right.kind === 'string') return [right.value];
  if (right.kind !== 'set') return undefined;
  return right.elements.flatMap(({ key }) => (key.kind === 'string' ? [key.value] : []));
}

/** `fib daddr type local`, and addrtype's `--dst-type LOCAL`. */
function addLocal(wish: Wish, { left, operator, right }: Match): Wish {
  if (left.kind !== 'fib' || left.result !== 'type' || !left.flags.includes('daddr')) return wish;
  const types = right.kind === 'set' ? right.elements.map(({ key }) => key) : [right];
  const only = types.length === 1 && types[0]?.kind === 'string' && types[0].value === 'local';
  return only ? { ...wish, local: operator === '==' } : wish;
}

/** The first element of a concatenation's set that the wish leaves possible, part by part. */
function addMember(wish: Wish, match: Match, at: RuleAt, state: KernelState): Wish {
  const { left, right, operator } = match;
  if (left.kind !== 'concat' || operator !== '==') return wish;
  const elements = elementsOf(right, at, state);
  for (const { key } of elements) {
    if (key.kind !== 'concat') continue;
    const with_ = left.parts.reduce((sum, part, place) => {
      const value = key.parts[place];
      return value === undefined
        ? sum
        : addMatch(sum, { kind: 'match', operator: '==', left: part, right: value }, at, state);
    }, wish);
    if (!with_.impossible) return with_;
  }
  return wish;
}

function elementsOf(right: Expression, at: RuleAt, state: KernelState) {
  if (right.kind === 'set') return right.elements;
  if (right.kind === 'concat') return [{ key: right }];
  if (right.kind !== 'set-ref' || right.ipset === true) return [];
  return setOf(right.name, at, state)?.elements ?? [];
}

/** The set as the state has it now: it may have members that the file does not list. */
function setOf(name: string, { table }: RuleAt, { tables }: KernelState) {
  const same = tables.find(
    (one) =>
      one.name === table.name && one.family === table.family && one.sets.some((set) => set.name === name),
  );
  return (same ?? table).sets.find((set) => set.name === name);
}
