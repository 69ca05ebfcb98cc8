import type { Expression } from '../kernel/expression.ts';
import type { Statement } from '../kernel/statement.ts';
import { eitherTest, type Positive } from './either-test.ts';
import type { TableIndex } from './index-state.ts';
import { isInIpset, isMember, keyReaders, readKey, scopeOfSet, setIndexOf, sidesOf } from './match-set.ts';
import { comparisonRanges, type Operand, readConstant, readOperand } from './operand.ts';
import type { Path } from './path.ts';
import { type Answer, decide, isIn, isNamed, isWord, negate } from './question.ts';
import { contains, type Ranges } from './ranges.ts';
import { isMark, isQuestion, known, readerOf } from './read-term.ts';
import type { Reader } from './reader.ts';
import { socketCgroup } from './socket-owner.ts';
import { isPoint, type Term, termKey } from './term.ts';
import { calculate, knownBits, unknownBits } from './word.ts';
import type { World } from './world.ts';

export type Match = Extract<Statement, { kind: 'match' }>;

/** A compiled match. What is not there to be compared is no match, either way round. */
export type Test = (path: Path, world: World) => Answer;

export function compileMatch(statement: Match, table: TableIndex): Test {
  const test = compileComparison(statement, table);
  return statement.orNoConnection === true ? orNoConnection(test) : test;
}

function orNoConnection(test: Test): Test {
  return (path, world) => path.connection === undefined || test(path, world);
}

/** Functions are made by functions that hold nothing else: each keeps all that is around it, for every rule there is. */
function compileComparison(statement: Match, table: TableIndex): Test {
  const { operator, left } = statement;
  const test = positiveTest(statement, table);
  return operator === '!=' ? negative(test, isInverted(left, table)) : positive(test);
}

function positive(test: Positive): Test {
  return (path, world) => test(path, world) ?? false;
}

function negative(test: Positive, absent: boolean): Test {
  return (path, world) => {
    const answer = test(path, world);
    return answer === undefined ? absent : negate(answer);
  };
}

/** xt_owner, asked of a packet without a socket: `! --uid-owner` is true. nft breaks the rule off. */
function isInverted(left: Expression, table: TableIndex): boolean {
  const isOwner = left.kind === 'meta' && (left.key === 'skuid' || left.key === 'skgid');
  return isOwner && table.table.frontend !== 'nft';
}

function positiveTest(statement: Match, table: TableIndex): Positive {
  const { operator, left, right } = statement;
  if (left.kind === 'either')
    return eitherTest(left.parts, (part) => positiveTest({ ...statement, left: part }, table));
  if (right.kind === 'set-ref' && right.ipset === true) return ipsetTest(right.name, sidesOf(left));
  if (left.kind === 'concat' || right.kind === 'set-ref') return memberTest(left, right, table);
  if (left.kind === 'socket' && left.key === 'cgroupv2') return cgroupTest(right);
  const reader = readerOf(left, table);
  if (left.kind === 'fib' && right.kind === 'boolean') return existsTest(reader, right.value);
  if (left.kind === 'fib' && left.result !== 'type' && right.kind === 'number' && right.value === 0)
    return existsTest(reader, false);
  if (isAnyBit(left, table)) return anyBitTest(reader, right);
  const read = operandOf(operator, right, reader);
  const operand = read !== undefined && isIpv6AddressType(left, table) ? ipv6Types(read) : read;
  return operand === undefined
    ? compareTest(operator, reader, right, table)
    : operandTest(reader, operand, statement);
}

function ipsetTest(name: string, sides: ReturnType<typeof sidesOf>): Positive {
  return (path, world) => isInIpset(path, world, name, sides);
}

/** The positive side, as nft has it: `==` is left out there, and `!=` is the other side. */
function sayTest({ left, operator, right }: Match): string {
  const words = [
    describe(left),
    ...(operator === '==' || operator === '!=' ? [] : [operator]),
    describe(right),
  ];
  return words.join(' ');
}

function isIpv6AddressType(left: Expression, { table }: TableIndex): boolean {
  return left.kind === 'fib' && left.result === 'type' && table.frontend !== 'nft' && table.family === 'ip6';
}

/** What IPv6's addrtype takes for UNICAST: no multicast address, be it the machine's own (match_type6). */
const UNICAST = ['unicast', 'local', 'anycast', 'unreachable', 'blackhole', 'prohibit'];

/** Beside other types UNICAST asks no more than they do: each of them is one. */
function ipv6Types(operand: Operand): Operand {
  if (operand.kind !== 'names' || !operand.names.has('unicast')) return operand;
  const others = [...operand.names].filter((name) => name !== 'unicast');
  return { ...operand, names: new Set(others.length === 0 ? UNICAST : others) };
}

function operandOf(operator: Match['operator'], right: Expression, reader: Reader): Operand | undefined {
  if (operator === '==' || operator === '!=') return readOperand(right, reader.type);
  const point = readConstant(right, reader.type);
  const ranges = point === undefined ? undefined : comparisonRanges(operator, point, reader.type.domain);
  return ranges === undefined ? undefined : { kind: 'ranges', ranges };
}

function operandTest(reader: Reader, operand: Operand, asked: Match): Positive {
  return operand.kind === 'names'
    ? namesTest(reader, operand, asked)
    : rangesTest(reader, operand.ranges, asked);
}

function namesTest(
  reader: Reader,
  { names, prefixes }: Extract<Operand, { kind: 'names' }>,
  asked: Match,
): Positive {
  return (path, world) => {
    const term = reader.read(path, world);
    if (term === undefined || isQuestion(term)) return term;
    // A known name needs no words for the question that is not asked.
    const words = typeof term === 'object' ? sayTest(asked) : '';
    return isNamed(path.assumptions, term, names, prefixes, words);
  };
}

/** The hot path: a known value and one stretch are two comparisons. */
function rangesTest(reader: Reader, ranges: Ranges, asked: Match): Positive {
  const [first, last] = ranges;
  const single = ranges.length === 2;
  return (path, world) => {
    const term = reader.read(path, world);
    if (single && typeof term !== 'object' && term !== undefined && first !== undefined && last !== undefined)
      return term >= first && term <= last;
    if (term === undefined || isQuestion(term)) return term;
    return typeof term === 'object'
      ? isIn(path.assumptions, term, ranges, sayTest(asked))
      : contains(ranges, term);
  };
}

export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'boolean':
      return String(expression.value);
    case 'prefix':
      return `${expression.prefix.address}/${expression.prefix.length}`;
    case 'range':
      return `${describe(expression.from)}-${describe(expression.to)}`;
    case 'set':
      return `{ ${expression.elements.map(({ key }) => describe(key)).join(', ')} }`;
    case 'meta':
    case 'socket':
      return `${expression.kind} ${expression.key}`;
    case 'ct':
      return ['ct', expression.direction, expression.key].filter((word) => word !== undefined).join(' ');
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'fib':
      return `fib ${expression.flags.join(' . ')} ${expression.result}`;
    case 'binary':
      return `${describe(expression.left)} ${expression.operator} ${describe(expression.right)}`;
    case 'numgen':
      return `numgen ${expression.mode} mod ${expression.modulus}`;
    default:
      return JSON.stringify(expression);
  }
}

function memberTest(left: Expression, right: Expression, table: TableIndex): Positive {
  const readers = keyReaders(left, table);
  const set =
    right.kind === 'set' || right.kind === 'set-ref'
      ? right
      : { kind: 'set' as const, elements: [{ key: right }] };
  const name = set.kind === 'set-ref' ? set.name : '';
  const scope = scopeOfSet(table, name);
  let index: ReturnType<typeof setIndexOf>;
  return (path, world) => {
    index ??= setIndexOf(set, readers, table);
    const terms = readKey(readers, path, world);
    if (terms === undefined || isQuestion(terms)) return terms;
    if (index === undefined)
      return decide(path.assumptions, `in @${name}`, `@${name} ${terms.map(termKey)}`, true);
    return isMember(path, terms, index, name, scope);
  };
}

function cgroupTest(right: Expression): Positive {
  const wanted = right.kind === 'string' ? right.value.replace(/^\//, '') : undefined;
  return (path) => {
    const cgroup = socketCgroup(path);
    if (cgroup === undefined) return undefined;
    if (typeof cgroup !== 'string' || wanted === undefined)
      return decide(path.assumptions, `cgroup ${wanted}`, `${termKey(cgroup)} ${describe(right)}`, true);
    return cgroup === wanted || cgroup.startsWith(`${wanted}/`);
  };
}

function existsTest(reader: Reader, wanted: boolean): Positive {
  return (path, world) => {
    const term = reader.read(path, world);
    if (term === undefined || isQuestion(term)) return term;
    if (isPoint(term)) return (term !== '' && term !== 0) === wanted;
    const answer = decide(path.assumptions, `${termKey(term)} exists`, `${termKey(term)} exists`, true);
    return wanted ? answer : negate(answer);
  };
}

/** `--ctstatus` and `--ctstate SNAT` ask for any of the bits; `ct status ==` of nft for all of them and no other. */
function isAnyBit(left: Expression, table: TableIndex): boolean {
  return left.kind === 'ct' && left.key === 'status' && table.table.frontend !== 'nft';
}

function anyBitTest(reader: Reader, right: Expression): Positive {
  const bits = readConstant(right, reader.type);
  return (path, world) => {
    const term = reader.read(path, world);
    if (term === undefined || isQuestion(term)) return term;
    if (!isMark(term) || typeof bits !== 'number')
      return decide(path.assumptions, describe(right), `${termKey(term)} any of ${describe(right)}`, true);
    const set = calculate('&', term, bits);
    return knownBits(set) !== 0 || negate(isWord(path.assumptions, set, 0, `no ${describe(right)}`));
  };
}

/** Both sides are read: decided where both are known. */
function compareTest(operator: string, reader: Reader, right: Expression, table: TableIndex): Positive {
  const other = readerOf(right, table);
  return (path, world) => {
    const read = reader.read(path, world);
    const against = other.read(path, world);
    if (read === undefined || isQuestion(read)) return read;
    if (against === undefined || isQuestion(against)) return against;
    const a = known(path, read);
    const b = known(path, against);
    return compare(path, operator, a, b);
  };
}

function compare(path: Path, operator: string, a: Term, b: Term): Answer {
  const text = `${termKey(a)} ${operator} ${termKey(b)}`;
  if (isMark(a) && isMark(b) && (operator === '==' || operator === '!=')) {
    if (termKey(a) === termKey(b)) return true;
    const difference = calculate('^', a, b);
    if (unknownBits(difference) === 0) return knownBits(difference) === 0;
    return isWord(path.assumptions, difference, 0, text);
  }
  if (isPoint(a) && isPoint(b) && typeof a === typeof b) {
    if (operator === '==' || operator === '!=') return a === b;
    return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b;
  }
  if (termKey(a) === termKey(b) && (operator === '==' || operator === '!='))
    return typeof a !== 'object' || a.kind !== 'undecidable';
  return decide(path.assumptions, text, text, true);
}
