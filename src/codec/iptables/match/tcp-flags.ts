import { binary, number, payload } from '../../../kernel/expression.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { match, type OptionUse, type WrittenMatch } from '../extension.ts';
import { isSame } from '../same.ts';

/** Bits of the TCP header's flags byte, in the order iptables prints them. */
const BITS: Readonly<Record<string, number>> = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
};

const ALL = 0x3f;
const FLAGS = payload('tcp', 'flags');

/** `--syn` is this (iptables-extensions(8), tcp). */
const SYN_MASK = 'FIN,SYN,RST,ACK';

function readBits(text: string): number | undefined {
  if (text === 'ALL') return ALL;
  if (text === 'NONE') return 0;
  let bits = 0;
  for (const name of text.toUpperCase().split(',')) {
    const bit = BITS[name];
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

function writeBits(bits: number): string {
  const names = Object.keys(BITS).filter((name) => (bits & (BITS[name] ?? 0)) !== 0);
  return names.length === 0 ? 'NONE' : names.join(',');
}

/** `--tcp-flags MASK COMP`: (flags & mask) == comp. */
export const TCP_FLAGS = {
  options: { '--tcp-flags': 2, '--syn': 0 },
  read(uses: readonly OptionUse[]): readonly Statement[] | undefined {
    const statements: Statement[] = [];
    for (const { name, args, negated } of uses) {
      const mask = readBits(name === '--syn' ? SYN_MASK : (args[0] ?? ''));
      const value = readBits(name === '--syn' ? 'SYN' : (args[1] ?? ''));
      if (mask === undefined || value === undefined) return undefined;
      statements.push(match(binary('&', FLAGS, number(mask)), number(value), negated));
    }
    return statements;
  },
  write(statements: readonly Statement[], at: number): WrittenMatch | undefined {
    const statement = statements[at];
    if (statement?.kind !== 'match' || (statement.operator !== '==' && statement.operator !== '!='))
      return undefined;
    const { left, right } = statement;
    if (left.kind !== 'binary' || left.operator !== '&' || !isSame(left.left, FLAGS)) return undefined;
    if (left.right.kind !== 'number' || right.kind !== 'number') return undefined;
    const args = [writeBits(left.right.value), writeBits(right.value)];
    return { uses: [{ name: '--tcp-flags', negated: statement.operator === '!=', args }], count: 1 };
  },
};
