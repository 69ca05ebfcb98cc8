import type { BinaryOperator } from '../kernel/expression.ts';
import type { Mark, PartialWord } from './term.ts';

/** Arithmetic on marks of which some bits may not be known (kernel-facts 3: XOR, masks, shifts). */

export function unknownWord(origin: string): PartialWord {
  return { kind: 'word', value: 0, unknown: 0xffffffff, origin };
}

function make(value: number, unknown: number, origin: string): Mark {
  if (unknown === 0) return value >>> 0;
  return { kind: 'word', value: (value & ~unknown) >>> 0, unknown: unknown >>> 0, origin };
}

export function knownBits(mark: Mark): number {
  return typeof mark === 'number' ? mark : mark.value;
}

export function unknownBits(mark: Mark): number {
  return typeof mark === 'number' ? 0 : mark.unknown;
}

function originOf(a: Mark, b: Mark, operator: string): string {
  if (typeof a === 'number') return typeof b === 'number' ? '' : `${a}${operator}${b.origin}`;
  if (typeof b === 'number')
    return operator === '&' || operator === '|' || b === 0 ? a.origin : `${a.origin}${operator}${b}`;
  return `(${a.origin}${operator}${b.origin})`;
}

export function calculate(operator: BinaryOperator, a: Mark, b: Mark): Mark {
  if (typeof a === 'number' && typeof b === 'number') return plain(operator, a, b);
  const origin = originOf(a, b, operator);
  const av = knownBits(a);
  const bv = knownBits(b);
  const au = unknownBits(a);
  const bu = unknownBits(b);
  switch (operator) {
    case '&': {
      const zero = (~av & ~au) | (~bv & ~bu);
      return make(av & bv, (au | bu) & ~zero, origin);
    }
    case '|': {
      const one = av | bv;
      return make(one, (au | bu) & ~one, origin);
    }
    case '^':
      return make(av ^ bv, au | bu, origin);
    case '<<':
    case '>>': {
      if (typeof b !== 'number') return unknownWord(origin);
      return make(plain(operator, av, b), plain(operator, au, b), origin);
    }
  }
}

function plain(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case '&':
      return (a & b) >>> 0;
    case '|':
      return (a | b) >>> 0;
    case '^':
      return (a ^ b) >>> 0;
    case '<<':
      return b > 31 ? 0 : (a << b) >>> 0;
    case '>>':
      return b > 31 ? 0 : a >>> b;
  }
}
