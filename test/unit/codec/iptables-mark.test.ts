import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import type { Expression } from '../../../src/kernel/expression.ts';
import type { Statement } from '../../../src/kernel/statement.ts';

const WORD = fc.integer({ min: 0, max: 0xffffffff });

interface Marks {
  readonly m: number;
  readonly c: number;
}

function evaluate(expression: Expression, marks: Marks): number {
  if (expression.kind === 'number') return expression.value;
  if (expression.kind === 'meta') return marks.m;
  if (expression.kind === 'ct') return marks.c;
  if (expression.kind !== 'binary') throw new Error(expression.kind);
  const left = evaluate(expression.left, marks);
  const right = evaluate(expression.right, marks);
  switch (expression.operator) {
    case '&':
      return (left & right) >>> 0;
    case '|':
      return (left | right) >>> 0;
    case '^':
      return (left ^ right) >>> 0;
    case '<<':
      return (left << right) >>> 0;
    case '>>':
      return left >>> right;
  }
}

function statementOf(words: string): Statement {
  const text = `*mangle\n-A PREROUTING ${words}\nCOMMIT\n`;
  const { tables } = readIptablesSave(text, { family: 'ip', frontend: 'iptables-legacy', file: 'x' });
  const statement = tables[0]?.chains[0]?.rules[0]?.statements[0];
  if (statement === undefined) throw new Error(words);
  return statement;
}

function written(words: string, marks: Marks): Marks {
  const statement = statementOf(words);
  if (statement.kind !== 'set') throw new Error(statement.kind);
  const value = evaluate(statement.value, marks);
  return statement.target.kind === 'ct' ? { ...marks, c: value } : { ...marks, m: value };
}

/** kernel-facts 3, word for word: what each option does with packet mark m and connmark c. */
const FORMS: readonly (readonly [words: string, result: (marks: Marks, v: number, k: number) => Marks])[] = [
  ['MARK --set-xmark V/K', ({ m, c }, v, k) => ({ m: ((m & ~k) ^ v) >>> 0, c })],
  ['MARK --set-mark V/K', ({ m, c }, v, k) => ({ m: ((m & ~(v | k)) ^ v) >>> 0, c })],
  ['MARK --set-mark V', ({ c }, v) => ({ m: v, c })],
  ['MARK --and-mark V', ({ m, c }, v) => ({ m: (m & v) >>> 0, c })],
  ['MARK --or-mark V', ({ m, c }, v) => ({ m: (m | v) >>> 0, c })],
  ['MARK --xor-mark V', ({ m, c }, v) => ({ m: (m ^ v) >>> 0, c })],
  ['CONNMARK --set-xmark V/K', ({ m, c }, v, k) => ({ m, c: ((c & ~k) ^ v) >>> 0 })],
  ['CONNMARK --set-mark V/K', ({ m, c }, v, k) => ({ m, c: ((c & ~(v | k)) ^ v) >>> 0 })],
  ['CONNMARK --save-mark --nfmask V --ctmask K', ({ m, c }, n, k) => ({ m, c: ((c & ~k) ^ (m & n)) >>> 0 })],
  [
    'CONNMARK --restore-mark --nfmask V --ctmask K',
    ({ m, c }, n, k) => ({ m: ((m & ~n) ^ (c & k)) >>> 0, c }),
  ],
  ['CONNMARK --save-mark --mask K', ({ m, c }, _, k) => ({ m, c: ((c & ~k) ^ (m & k)) >>> 0 })],
  ['CONNMARK --restore-mark', ({ c }) => ({ m: c, c })],
  [
    'CONNMARK --set-xmark V/K --left-shift-mark 3',
    ({ m, c }, v, k) => ({ m, c: (((c & ~k) ^ v) << 3) >>> 0 }),
  ],
  [
    'CONNMARK --restore-mark --nfmask V --ctmask K --right-shift-mark 5',
    ({ m, c }, n, k) => ({ m: ((m & ~n) ^ ((c & k) >>> 5)) >>> 0, c }),
  ],
];

it.each(FORMS)('%s computes what the kernel computes, on any words', (words, result) => {
  fc.assert(
    fc.property(WORD, WORD, WORD, WORD, (m, c, v, k) => {
      const text = words.replace('V', String(v)).replace(/(?<=[/ ])K/, `0x${k.toString(16)}`);
      expect(written(`-j ${text}`, { m, c })).toEqual(result({ m, c }, v, k));
    }),
  );
});

it.each(['mark', 'connmark'])('-m %s compares the masked word with the value', (name) => {
  fc.assert(
    fc.property(WORD, WORD, WORD, fc.boolean(), (word, v, k, negated) => {
      const statement = statementOf(`-m ${name} ${negated ? '! ' : ''}--mark ${v}/${k}`);
      if (statement.kind !== 'match') throw new Error(statement.kind);
      const equal =
        evaluate(statement.left, { m: word, c: word }) === evaluate(statement.right, { m: word, c: word });
      expect((statement.operator === '==') === equal).toBe(((word & k) >>> 0 === v) !== negated);
    }),
  );
});
