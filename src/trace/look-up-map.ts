import type { Expression, SetElement } from '../kernel/expression.ts';
import { isThrow, partition } from './assumption.ts';
import { remember, type TableIndex } from './index-state.ts';
import { fits, keyReaders, readKey, scopeOfSet, setIndexOf, updateOf } from './match-set.ts';
import type { Operand } from './operand.ts';
import type { Option, Options } from './options.ts';
import type { Path, SetUpdate } from './path.ts';
import { isWord, type Question } from './question.ts';
import { type Ranges, stretches, unite } from './ranges.ts';
import { isQuestion } from './read-term.ts';
import type { SetIndex } from './set-index.ts';
import { isPoint, type Term, type Variable } from './term.ts';
import type { World } from './world.ts';

/** The elements a key can find: undefined in an option is none. */
export function lookUpMap(
  key: Expression,
  map: Expression,
  table: TableIndex,
  path: Path,
  world: World,
): Options<SetElement | undefined> | Question | undefined {
  if (map.kind !== 'set' && map.kind !== 'set-ref') return undefined;
  const readers = READERS.get(key) ?? keyReaders(key, table);
  READERS.set(key, readers);
  const index = map.kind === 'set' ? anonymousIndex(map, readers, table) : setIndexOf(map, readers, table);
  if (index === undefined) return undefined;
  const terms = readKey(readers, path, world);
  if (terms === undefined || isQuestion(terms)) return terms;
  const updated = map.kind === 'set-ref' ? updateOf(path, terms, scopeOfSet(table, map.name)) : undefined;
  if (updated !== undefined) return [{ value: elementOf(updated, key) }];
  const points = terms.filter(isPoint);
  if (points.length === terms.length) return [{ value: index.find(points) }];
  const named = map.kind === 'set-ref' ? `@${map.name}` : 'the map';
  const [first] = terms;
  if (terms.length === 1 && typeof first === 'object' && first.kind === 'variable' && isThrow(first))
    return throwOptions(path, first, index, named);
  const candidates = index.elements.filter(({ parts }) => fits(path, parts, terms));
  const open = terms.flatMap((term, at) => (isPoint(term) ? [] : [at]));
  const [at = 0] = open;
  const term = terms[at];
  if (open.length === 1 && typeof term === 'object' && term.kind === 'variable')
    return variableOptions(
      path,
      term,
      candidates.map(({ element, parts }) => ({ element, part: parts[at] })),
      named,
    );
  if (open.length === 1 && typeof term === 'object' && term.kind === 'word' && terms.length === 1)
    return wordOptions(
      path,
      term,
      candidates.map(({ element, parts }) => ({ element, part: parts[at] })),
      named,
    );
  return openOptions(
    candidates.map(({ element }) => element),
    named,
  );
}

function elementOf({ present, value }: SetUpdate, key: Expression): SetElement | undefined {
  if (!present) return undefined;
  return value === undefined ? { key } : { key, value };
}

const READERS = new WeakMap<Expression, ReturnType<typeof keyReaders>>();
const ANONYMOUS = new WeakMap<Expression, SetIndex>();

function anonymousIndex(
  map: Extract<Expression, { kind: 'set' }>,
  readers: ReturnType<typeof keyReaders>,
  table: TableIndex,
): SetIndex | undefined {
  const made = ANONYMOUS.get(map) ?? setIndexOf(map, readers, table);
  if (made !== undefined) ANONYMOUS.set(map, made);
  return made;
}

interface Candidate {
  readonly element: SetElement;
  readonly part: Operand | undefined;
}

function variableOptions(
  path: Path,
  variable: Variable,
  candidates: readonly Candidate[],
  named: string,
): Options<SetElement | undefined> {
  if (variable.domain === 'text')
    return openOptions(
      candidates.map(({ element }) => element),
      named,
    );
  const groups = groupByValue(candidates);
  return optionsOfGroups(path, variable, groups, named);
}

interface Group {
  readonly element: SetElement;
  readonly ranges: Ranges;
}

/** Elements that do the same are one group: a hundred slots that go to two chains are two ways. */
function groupByValue(candidates: readonly Candidate[]): readonly Group[] {
  const groups = new Map<
    string,
    { element: SetElement; parts: (readonly [Ranges[number], Ranges[number]])[] }
  >();
  for (const { element, part } of candidates) {
    if (part?.kind !== 'ranges') continue;
    const key = sayValue(element);
    const group = groups.get(key) ?? { element, parts: [] };
    group.parts.push(...stretches(part.ranges));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ element, parts }) => ({ element, ranges: unite(parts) }));
}

function optionsOfGroups(
  path: Path,
  variable: Variable,
  groups: readonly Group[],
  named: string,
): Options<SetElement | undefined> {
  const wanted = groups.map(({ ranges }) => ranges);
  return partition(path.assumptions, variable, wanted).map(({ group, ranges, weight }) => ({
    value: groups[group]?.element,
    side: {
      text: `${named} gives ${sayValue(groups[group]?.element)}`,
      holds: true,
      narrow: { variable, ranges },
      ...(weight === undefined ? {} : { weight }),
    },
  }));
}

/** A throw among slots is the same for every packet: what it can give is found out once for a map. */
const THROWS = new WeakMap<SetIndex, Map<string, Options<SetElement | undefined>>>();

function throwOptions(
  path: Path,
  variable: Variable,
  index: SetIndex,
  named: string,
): Options<SetElement | undefined> {
  const known = THROWS.get(index) ?? new Map<string, Options<SetElement | undefined>>();
  THROWS.set(index, known);
  return remember(known, `${variable.universe?.join(' ')}`, () => {
    const candidates = index.elements.map(({ element, parts: [part] }) => ({ element, part }));
    return optionsOfGroups(path, variable, groupByValue(candidates), named);
  });
}

function sayValue(element: SetElement | undefined): string {
  const value = element?.value;
  if (value === undefined) return 'nothing';
  if (value.kind === 'verdict')
    return 'chain' in value.verdict ? `${value.verdict.kind} ${value.verdict.chain}` : value.verdict.kind;
  return value.kind === 'number' || value.kind === 'string' ? String(value.value) : JSON.stringify(value);
}

/** Each element whose bits the word can have, and none of them. */
function wordOptions(
  path: Path,
  word: Extract<Term, { kind: 'word' }>,
  candidates: readonly Candidate[],
  named: string,
): Options<SetElement | undefined> {
  const options: Option<SetElement | undefined>[] = [];
  for (const { element, part } of candidates) {
    const [point] = part?.kind === 'ranges' ? part.ranges : [];
    if (typeof point !== 'number') continue;
    const text = `${named} gives ${sayValue(element)}`;
    const answer = isWord(path.assumptions, word, point, text);
    if (answer === true) return [{ value: element }];
    if (typeof answer === 'object') options.push({ value: element, side: answer.yes });
  }
  return [...options, { value: undefined, side: { text: `${named} has it`, holds: false } }];
}

function openOptions(elements: readonly SetElement[], named: string): Options<SetElement | undefined> {
  const byValue = new Map(elements.map((element) => [JSON.stringify(element.value ?? null), element]));
  return [...byValue.values(), undefined].map((element) => ({
    value: element,
    side: { text: `${named} gives ${sayValue(element)}`, holds: true },
  }));
}
