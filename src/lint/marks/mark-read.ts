import { type Expression, partsOf } from '../../kernel/expression.ts';
import { readMarkWord } from '../../kernel/mark-word.ts';
import type { Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { FULL_MASK } from '../../net/mark.ts';
import type { RuleAt } from '../all-rules.ts';
import { elementsOf } from './constants.ts';
import type { Word } from './mark-write.ts';

/** Bits of a word that a rule asks for, and what it compares them with. */
export interface MarkRead {
  readonly at: RuleAt;
  readonly word: Word;
  readonly mask: number;
  /** Absent: ranges, maps that are not known, or the word is used otherwise. */
  readonly values?: readonly number[];
  /** `!=`, or anything but equality. */
  readonly inverted: boolean;
}

/** Every part of a statement that asks for a mark, apart from the mark it writes. */
export function markReads(statement: Statement, at: RuleAt): readonly MarkRead[] {
  switch (statement.kind) {
    case 'match':
      return readMatch(statement, at);
    case 'vmap':
      return keyReads(statement.key, statement.map, at);
    case 'set':
      return statement.value.kind === 'map' ? keyReads(statement.value.key, statement.value.map, at) : [];
    case 'nat':
      return [statement.address, statement.port].flatMap((part) =>
        part?.kind === 'map' ? keyReads(part.key, part.map, at) : [],
      );
    case 'set-update':
      return [statement.element, statement.value].flatMap((part) =>
        part === undefined
          ? []
          : wordsIn(part).map((word) => ({ at, word, mask: FULL_MASK, inverted: false })),
      );
    default:
      return [];
  }
}

function readMatch(match: Extract<Statement, { kind: 'match' }>, at: RuleAt): readonly MarkRead[] {
  const bits = readMarkWord(match.left);
  if (bits === undefined || (bits.packet === 0 && bits.connection === 0 && !isNothing(match.left)))
    return wordsIn(match.left).map((word) => ({ at, word, mask: FULL_MASK, inverted: true }));
  const word: Word = bits.packet !== 0 || wordsIn(match.left)[0] === 'packet' ? 'packet' : 'connection';
  const mask = word === 'packet' ? bits.packet : bits.connection;
  const values =
    match.operator === '==' || match.operator === '!=' ? compared(match.right, at.table) : undefined;
  const flipped = values?.map((value) => (value ^ bits.constant) >>> 0);
  const read = { at, word, mask, inverted: match.operator !== '==' };
  return [flipped === undefined ? read : { ...read, values: flipped }];
}

/** `mark & 0`: what iptables makes of `--mark V/0`. */
function isNothing(left: Expression): boolean {
  return left.kind === 'binary' && wordsIn(left).length > 0;
}

function keyReads(key: Expression, map: Expression, at: RuleAt): readonly MarkRead[] {
  const parts = partsOf(key);
  return parts.flatMap((part): readonly MarkRead[] => {
    const [word] = wordsIn(part);
    if (word === undefined) return [];
    const bits = readMarkWord(part);
    const mask = (word === 'packet' ? bits?.packet : bits?.connection) ?? FULL_MASK;
    const values = parts.length === 1 ? compared(map, at.table) : undefined;
    return [
      values === undefined
        ? { at, word, mask, inverted: false }
        : { at, word, mask, values, inverted: false },
    ];
  });
}

function compared(right: Expression, table: Table): readonly number[] | undefined {
  if (right.kind === 'number') return [right.value];
  const elements = elementsOf(right, table);
  const values = elements?.map(({ key }) => (key.kind === 'number' ? key.value : undefined));
  return values?.every((value) => value !== undefined) ? values : undefined;
}

function wordsIn(expression: Expression): readonly Word[] {
  switch (expression.kind) {
    case 'meta':
      return expression.key === 'mark' ? ['packet'] : [];
    case 'ct':
      return expression.key === 'mark' ? ['connection'] : [];
    case 'binary':
      return [...wordsIn(expression.left), ...wordsIn(expression.right)];
    case 'concat':
      return expression.parts.flatMap(wordsIn);
    case 'map':
      return wordsIn(expression.key);
    case 'hash':
      return expression.of === undefined ? [] : wordsIn(expression.of);
    default:
      return [];
  }
}
