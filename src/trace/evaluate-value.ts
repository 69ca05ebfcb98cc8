import type { Expression } from '../kernel/expression.ts';
import { partition, rangesOf } from './assumption.ts';
import type { TableIndex } from './index-state.ts';
import { lookUpMap } from './look-up-map.ts';
import { readIpsetKey, sidesOf } from './match-set.ts';
import { readConstant, type Type } from './operand.ts';
import { changeOptions, type Options } from './options.ts';
import type { Path } from './path.ts';
import type { Question } from './question.ts';
import { countOf, type Ranges, stretches } from './ranges.ts';
import { isMark, isQuestion, known, readerOf } from './read-term.ts';
import { isPoint, type Mark, type Term, termKey } from './term.ts';
import { calculate, unknownWord } from './word.ts';
import type { World } from './world.ts';

/** Values of a variable that are told apart one by one; with more, its bits are unknown. */
const MAX_VALUES = 64;

/**
 * Marks an expression can give here. Undefined, or undefined as a value: there is nothing to read, or a map has no entry, and
 * the rule breaks off.
 */
export function markOptions(
  expression: Expression,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Mark | undefined> | Question | undefined {
  if (expression.kind === 'number') return [{ value: expression.value >>> 0 }];
  if (expression.kind === 'binary') return binaryOptions(expression, table, path, world);
  if (expression.kind === 'map') return mapOptions(expression, table, path, world);
  const term = readerOf(expression, table).read(path, world);
  if (term === undefined || isQuestion(term)) return term;
  return optionsOf(path, known(path, term));
}

function optionsOf(path: Path, term: Term): Options<Mark> {
  if (isMark(term)) return [{ value: term }];
  if (typeof term === 'string' || term.kind !== 'variable') return [{ value: unknownWord(termKey(term)) }];
  const ranges = rangesOf(path.assumptions, term);
  if (countOf(ranges) > MAX_VALUES) return [{ value: unknownWord(termKey(term)) }];
  const values = stretches(ranges).flatMap(([first, last]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at),
  );
  const groups = values.map((value): Ranges => [value, value]);
  return partition(path.assumptions, term, groups).map(({ group, ranges: part, weight }) => ({
    value: values[group] ?? 0,
    side: {
      text: `${term.id === '' ? 'chance' : term.id} gives ${values[group]}`,
      holds: true,
      narrow: { variable: term, ranges: part },
      ...(weight === undefined ? {} : { weight }),
    },
  }));
}

function binaryOptions(
  { operator, left, right }: Extract<Expression, { kind: 'binary' }>,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Mark | undefined> | Question | undefined {
  const a = markOptions(left, table, path, world);
  if (a === undefined || isQuestion(a)) return a;
  const b = markOptions(right, table, path, world);
  if (b === undefined || isQuestion(b)) return b;
  return a.flatMap((x) =>
    b.map((y) => {
      const side = x.side ?? y.side;
      const both = x.value !== undefined && y.value !== undefined;
      const value = both ? calculate(operator, x.value, y.value) : undefined;
      return side === undefined ? { value } : { value, side };
    }),
  );
}

/** What a map gives as a mark; an entry that is not there breaks the rule off. */
function mapOptions(
  { key, map }: Extract<Expression, { kind: 'map' }>,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Mark | undefined> | Question | undefined {
  if (map.kind === 'set-ref' && map.ipset === true) return ipsetMark(key, map.name, path, world);
  const found = lookUpMap(key, map, table, path, world);
  if (found === undefined || isQuestion(found)) return found;
  return changeOptions(found, (element) => {
    const point = element.value === undefined ? undefined : readConstant(element.value, MARK_TYPE);
    if (element.value?.kind === 'unknown') return unknownWord(element.value.text);
    return typeof point === 'number' ? point >>> 0 : unknownWord(termKey(point ?? 'map'));
  });
}

const MARK_TYPE: Type = { domain: 'u32', datatype: 'mark' };

/** `--map-mark`: (mark & ~mask) ^ value of the entry (xt_set). */
function ipsetMark(key: Expression, name: string, path: Path, world: World): Options<Mark> | undefined {
  const set = world.index.ipset(name);
  const terms = set === undefined ? undefined : readIpsetKey(set.parts, sidesOf(key), path);
  const points = terms?.filter(isPoint) ?? [];
  if (set === undefined || terms === undefined || points.length < terms.length)
    return [{ value: unknownWord(`ipset ${name}`) }];
  const { value = 0, mask = 0 } = set.find(points)?.mark ?? {};
  return [{ value: calculate('^', calculate('&', path.packet.mark, ~mask >>> 0), value) }];
}
