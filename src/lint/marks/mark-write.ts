import type { Expression } from '../../kernel/expression.ts';
import { readMarkWord } from '../../kernel/mark-word.ts';
import type { Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import { FULL_MASK } from '../../net/mark.ts';
import type { RuleAt } from '../all-rules.ts';
import { constantsOf } from './constants.ts';

/** The two words a rule can write. */
export type Word = 'packet' | 'connection';

/**
 * What one statement makes of a word: (word & kept) ^ (other word & copied) ^ one of the constants. The bits outside
 * `kept` are those it writes.
 */
export interface MarkWrite {
  readonly at: RuleAt;
  readonly word: Word;
  readonly kept: number;
  /** Bits of the other word that come in, at their own places: a save or a restore where there are any. */
  readonly copied: number;
  /** Bits of the other word, as they stand there, that a shift brings in at other places. */
  readonly shifted: number;
  /** Absent: anything (a hash of many, a map that is not known, a socket's mark). */
  readonly constants?: readonly number[];
  readonly tproxy?: true;
}

/** Undefined where the statement writes no mark, and where it leaves the word as it is. */
export function markWrite(statement: Statement, at: RuleAt): MarkWrite | undefined {
  const written = wordAndValue(statement);
  if (written === undefined) return undefined;
  const { word, value } = written;
  const read = { at, ...readValue(value, word, at.table) };
  if (read.kept === FULL_MASK && read.copied === 0 && read.constants?.every((one) => one === 0))
    return undefined;
  return statement.kind === 'tproxy' ? { ...read, tproxy: true } : read;
}

function wordAndValue(statement: Statement): { readonly word: Word; readonly value: Expression } | undefined {
  if (statement.kind === 'tproxy')
    return statement.setsMark === undefined ? undefined : { word: 'packet', value: statement.setsMark };
  if (statement.kind !== 'set') return undefined;
  const { target, value } = statement;
  if (target.kind === 'meta' && target.key === 'mark') return { word: 'packet', value };
  return target.kind === 'ct' && target.key === 'mark' ? { word: 'connection', value } : undefined;
}

function readValue(value: Expression, word: Word, table: Table): Omit<MarkWrite, 'at' | 'tproxy'> {
  const bits = readMarkWord(value);
  if (bits !== undefined) {
    const [kept, copied] =
      word === 'packet' ? [bits.packet, bits.connection] : [bits.connection, bits.packet];
    return { word, kept, copied, shifted: 0, constants: [bits.constant] };
  }
  const constants = constantsOf(value, table);
  if (constants !== undefined) return { word, kept: 0, copied: 0, shifted: 0, constants };
  return { word, kept: keptBits(value, word), copied: 0, shifted: shiftedBits(value, word) };
}

/** What stays of the word in `(word & K) ^ something`, where something is not constant. */
function keptBits(value: Expression, word: Word): number {
  if (value.kind !== 'binary' || (value.operator !== '^' && value.operator !== '|')) return 0;
  const parts = [readMarkWord(value.left), readMarkWord(value.right)];
  return (
    parts.reduce((kept, part) => kept | ((word === 'packet' ? part?.packet : part?.connection) ?? 0), 0) >>> 0
  );
}

/** Bits of the other word that are shifted: those that a mask before the shift leaves, and all where that cannot be read. */
function shiftedBits(value: Expression, word: Word): number {
  if (!mentionsOther(value, word)) return 0;
  if (value.kind !== 'binary') return FULL_MASK;
  const { left, right, operator } = value;
  if (operator !== '<<' && operator !== '>>')
    return (shiftedBits(left, word) | shiftedBits(right, word)) >>> 0;
  const bits = readMarkWord(left);
  if (bits === undefined) return FULL_MASK;
  return word === 'packet' ? bits.connection : bits.packet;
}

function mentionsOther(value: Expression, word: Word): boolean {
  if (value.kind === 'binary') return mentionsOther(value.left, word) || mentionsOther(value.right, word);
  return (
    (value.kind === 'meta' || value.kind === 'ct') &&
    value.key === 'mark' &&
    (value.kind === 'ct') === (word === 'packet')
  );
}

/** Bits that may differ from before. */
export function writtenBits({ kept }: MarkWrite): number {
  return ~kept >>> 0;
}
