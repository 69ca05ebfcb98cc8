import { type Expression, number } from '../kernel/expression.ts';
import type { Statement } from '../kernel/statement.ts';
import { markOptions } from './evaluate-value.ts';
import type { TableIndex } from './index-state.ts';
import { lookUpMap } from './look-up-map.ts';
import { keyReaders, readIpsetKey, readKey, scopeOfSet, sidesOf, termsKey } from './match-set.ts';
import { changeOptions, type Option, type Options } from './options.ts';
import type { Path, SetUpdate } from './path.ts';
import type { Question } from './question.ts';
import { isQuestion } from './read-term.ts';
import { type Term, termKey } from './term.ts';
import type { World } from './world.ts';

type UpdateStatement = Extract<Statement, { kind: 'set-update' }>;

/** Changes what later look-ups of the path find. */
type SetChange = (path: Path) => void;

/**
 * What this flow puts into a set or takes out of it is there, or not, for its next packets. Undefined, or undefined as a
 * value: there is no key or value to read, and a rule of nft breaks off; the target SET goes on.
 */
export function updateSet(
  statement: UpdateStatement,
  table: TableIndex,
  path: Path,
  world: World,
): Options<SetChange | undefined> | Question | undefined {
  const { set, ipset, operation, value } = statement;
  const terms = readTerms(statement, table, path, world);
  if (isQuestion(terms)) return terms;
  if (terms === undefined) return ipset === true ? [{ value: keep }] : undefined;
  const place = { set: ipset === true ? `ipset ${set}` : scopeOfSet(table, set), key: termsKey(terms) };
  return value === undefined || operation === 'delete'
    ? [{ value: putting({ ...place, present: operation !== 'delete' }) }]
    : elementOptions({ ...statement, value }, place, table, path, world);
}

function readTerms(
  { set, ipset, element }: UpdateStatement,
  table: TableIndex,
  path: Path,
  world: World,
): Term[] | Question | undefined {
  return ipset === true
    ? readIpsetKey(world.index.ipset(set)?.parts ?? [], sidesOf(element), path)
    : readKey(keyReaders(element, table), path, world);
}

/** An element has its value from when it is made: `update` of one that is there makes it last longer (nft_dynset_eval). */
function elementOptions(
  { set, element, value }: UpdateStatement & { readonly value: Expression },
  place: Pick<SetUpdate, 'set' | 'key'>,
  table: TableIndex,
  path: Path,
  world: World,
): Options<SetChange | undefined> | Question | undefined {
  const found = lookUpMap(element, { kind: 'set-ref', name: set }, table, path, world) ?? [NONE];
  if (isQuestion(found)) return found;
  const values = valueOptions(value, table, path, world);
  if (values === undefined || isQuestion(values)) return values;
  const put = (given: Expression) => putting({ ...place, present: true, value: given });
  return found.flatMap(({ value: there, side }): Options<SetChange | undefined> => {
    if (side === undefined) return there === undefined ? changeOptions(values, put) : [{ value: keep }];
    if (there !== undefined) return [{ value: keep, side }];
    // One thing is supposed at a time.
    const [only] = values;
    const given = values.length === 1 ? only?.value : UNTOLD;
    return [{ value: given === undefined ? undefined : put(given), side }];
  });
}

const NONE: Option<undefined> = { value: undefined };
const UNTOLD: Expression = { kind: 'unknown', text: 'what a packet put into a map' };

/** What a packet puts there: addresses and names as they are written, other values as they are now. */
function valueOptions(
  value: Expression,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Expression | undefined> | Question | undefined {
  if (value.kind === 'string' || value.kind === 'prefix') return [{ value }];
  const marks = markOptions(value, table, path, world);
  if (marks === undefined || isQuestion(marks)) return marks;
  return changeOptions(marks, (mark) =>
    typeof mark === 'number' ? number(mark) : { kind: 'unknown', text: termKey(mark) },
  );
}

function keep(): void {}

/** Only the last says what is there; without a change the list stays the same for merging. */
function putting(update: SetUpdate): SetChange {
  return (path) => {
    const isSame = (each: SetUpdate) => each.set === update.set && each.key === update.key;
    if (path.updates.find(isSame)?.present === update.present) return;
    path.updates = [...path.updates.filter((each) => !isSame(each)), update];
  };
}
