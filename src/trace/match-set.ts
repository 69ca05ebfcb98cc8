import { type Expression, partsOf } from '../kernel/expression.ts';
import { rangesOf } from './assumption.ts';
import { remember, type TableIndex } from './index-state.ts';
import type { IpsetIndex, IpsetPart } from './ipset-index.ts';
import type { Path, SetUpdate } from './path.ts';
import { hasPorts, TCP, UDP } from './protocol.ts';
import { type Answer, decide, isIn, isNamed, type Question } from './question.ts';
import { intersect, uniteAll } from './ranges.ts';
import { isQuestion, known, readerOf } from './read-term.ts';
import type { Reader } from './reader.ts';
import { type IndexedElement, indexElements, operandHas, type SetIndex } from './set-index.ts';
import { isPoint, type Term, termKey, undecidable, type Variable } from './term.ts';
import type { World } from './world.ts';

/** The parts of a key, as readers. */
export function keyReaders(key: Expression, table: TableIndex): readonly Reader[] {
  return partsOf(key).map((part) => readerOf(part, table));
}

/** All parts of the key; undefined when one is not there. */
export function readKey(readers: readonly Reader[], path: Path, world: World): Term[] | Question | undefined {
  const terms: Term[] = [];
  for (const reader of readers) {
    const term = reader.read(path, world);
    if (term === undefined || isQuestion(term)) return term;
    terms.push(known(path, term));
  }
  return terms;
}

/** The index of a set for these readers: of an anonymous one made here, of a named one made once for its table. */
export function setIndexOf(
  set: Extract<Expression, { kind: 'set' | 'set-ref' }>,
  readers: readonly Reader[],
  table: TableIndex,
): SetIndex | undefined {
  const types = readers.map((reader) => reader.type);
  if (set.kind === 'set') return indexElements(set.elements, types);
  const named = table.set(set.name);
  if (named === undefined) return undefined;
  const key = `${set.name} ${types.map((type) => `${type.domain}/${type.datatype}`).join(' ')}`;
  return remember(table.indexed, key, () => indexElements(named.elements, types));
}

/** Whether the key is in the set, with what packets of this flow have put there before. */
export function isMember(
  path: Path,
  terms: readonly Term[],
  set: SetIndex,
  name: string,
  scope: string,
): Answer {
  const updated = updateOf(path, terms, scope);
  if (updated !== undefined) return updated.present;
  const points = terms.filter(isPoint);
  const text = name === '' ? 'in the set' : `in @${name}`;
  if (points.length === terms.length) {
    if (set.find(points) !== undefined) return true;
    return set.partial ? decide(path.assumptions, text, `${termsKey(terms)} ${text}`, true) : false;
  }
  const [only] = terms;
  if (terms.length === 1 && only !== undefined && !set.partial && set.types[0]?.domain !== 'text')
    return isIn(path.assumptions, only, set.ranges(), text);
  return isMemberByElement(path, terms, set, text);
}

export function termsKey(terms: readonly Term[]): string {
  return terms.map(termKey).join(' . ');
}

/** A set of nft among those that packets change: names are a table's own. */
export function scopeOfSet({ table: { family, name } }: TableIndex, set: string): string {
  return `${family} ${name} ${set}`;
}

/** The newest update of this key decides; another key that might be the same leaves it open. */
export function updateOf(path: Path, terms: readonly Term[], scope: string): SetUpdate | undefined {
  if (path.updates.length === 0) return undefined;
  const key = termsKey(terms);
  return path.updates.findLast((update) => update.set === scope && update.key === key);
}

/** Elements the key can be, given what is supposed of its parts; with one open part, the ranges of that part. */
function isMemberByElement(path: Path, terms: readonly Term[], set: SetIndex, text: string): Answer {
  const open = terms.flatMap((term, at) => (isPoint(term) ? [] : [at]));
  const [at = 0] = open;
  const term = terms[at];
  const candidates = set.elements.filter(({ parts }) => fits(path, parts, terms));
  if (candidates.length === 0 && !set.partial) return false;
  if (open.length === 1 && !set.partial && typeof term === 'object' && term.kind === 'variable') {
    const parts = candidates.flatMap(({ parts }) => parts[at] ?? []);
    const ranges = parts.flatMap((part) => (part.kind === 'ranges' ? [part.ranges] : []));
    if (ranges.length === parts.length) return isIn(path.assumptions, term, uniteAll(ranges), text);
    const names = new Set(parts.flatMap((part) => (part.kind === 'names' ? [...part.names] : [])));
    return isNamed(path.assumptions, term, names, [], text);
  }
  return decide(path.assumptions, text, `${termsKey(terms)} ${text}`, true);
}

/** Whether the element can be the one, as far as its parts are known. */
export function fits(path: Path, parts: IndexedElement['parts'], terms: readonly Term[]): boolean {
  return parts.every((part, at) => {
    const term = terms[at];
    if (term === undefined) return false;
    if (isPoint(term)) return operandHas(part, term);
    if (term.kind !== 'variable' || part.kind !== 'ranges') return true;
    return intersect(rangesOf(path.assumptions, term), part.ranges).length > 0;
  });
}

/**
 * The key of an ipset: what each side reads is the set's type to say. The kernel asks no set that has more parts than the
 * rule names sides (ip_set_test), and adds nothing to it.
 */
export function readIpsetKey(
  parts: readonly IpsetPart[],
  sides: readonly ('src' | 'dst')[],
  path: Path,
): Term[] | undefined {
  if (sides.length < parts.length) return undefined;
  const terms: Term[] = [];
  for (const [at, part] of parts.entries()) {
    const term = readIpsetPart(part, sides[at] ?? 'src', path);
    if (term === undefined) return undefined;
    terms.push(known(path, term));
  }
  return terms;
}

function readIpsetPart(part: IpsetPart, side: 'src' | 'dst', { packet }: Path): Term | undefined {
  const source = side === 'src';
  switch (part) {
    case 'ip':
    case 'net':
      return source ? packet.saddr : packet.daddr;
    case 'port': {
      if (!hasPorts(packet.protocol)) return packet.protocol * 65536;
      const port = source ? packet.sport : packet.dport;
      if (typeof port === 'number') return packet.protocol * 65536 + port;
      return undecidable(`port ${termKey(port)}`);
    }
    case 'number':
      if (packet.protocol !== TCP && packet.protocol !== UDP) return undefined;
      return source ? packet.sport : packet.dport;
    case 'iface':
      return (source ? packet.iif : packet.oif) || undefined;
    case 'mac':
      return packet.mac;
    case 'mark':
      return packet.mark;
  }
}

/** Which sides the model's key of an ipset says: the address of that side stands for whatever is read there. */
export function sidesOf(key: Expression): readonly ('src' | 'dst')[] {
  return partsOf(key).map((part) => (part.kind === 'payload' && part.field === 'daddr' ? 'dst' : 'src'));
}

export function isInIpset(
  path: Path,
  world: World,
  name: string,
  sides: readonly ('src' | 'dst')[],
  depth = 0,
): Answer {
  const set = world.index.ipset(name);
  const text = `in ipset ${name}`;
  if (set === undefined) return decide(path.assumptions, text, `${name} ${sides.join()} of the packet`, true);
  if (set.members.length > 0) return isInList(path, world, set, sides, depth);
  const terms = readIpsetKey(set.parts, sides, path);
  if (terms === undefined) return false;
  const updated = updateOf(path, terms, `ipset ${name}`);
  if (updated !== undefined) return updated.present;
  const points = terms.filter(isPoint);
  if (points.length === terms.length && !set.partial) return set.find(points) !== undefined;
  const [only] = terms;
  if (terms.length === 1 && !set.partial && isVariable(only) && only.domain !== 'text' && isPlain(set))
    return isIn(path.assumptions, only, uniteAll(set.entries.flatMap(({ ranges }) => ranges)), text);
  return decide(path.assumptions, text, `${termsKey(terms)} ${text}`, true);
}

function isVariable(term: Term | undefined): term is Variable {
  return typeof term === 'object' && term.kind === 'variable';
}

function isPlain(set: IpsetIndex): boolean {
  return set.entries.every((entry) => !entry.nomatch);
}

/** In a list if in any of its members, so that the open ones are asked about last; lists do not hold lists. */
function isInList(
  path: Path,
  world: World,
  set: IpsetIndex,
  sides: readonly ('src' | 'dst')[],
  depth: number,
): Answer {
  if (depth > 0) return false;
  let open: Question | false = false;
  for (const member of set.members) {
    const answer = isInIpset(path, world, member, sides, depth + 1);
    if (answer === true) return true;
    if (open === false) open = answer;
  }
  return open === false ? false : { ...open, again: true };
}
