import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/net/duration.ts';
import {
  formatMark,
  hasMark,
  isContiguous,
  lowestBit,
  parseMark,
  parseWord,
  setMark,
} from '../../../src/net/mark.ts';
import { formatPortRange, parsePortRange } from '../../../src/net/port-range.ts';
import { lineAndColumn } from '../../../src/net/span.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });

describe('marks', () => {
  it('setting one keeps the bits outside its mask and is seen afterwards', () => {
    fc.assert(
      fc.property(word, word, word, (before, bits, mask) => {
        const mark = { value: (bits & mask) >>> 0, mask };
        const after = setMark(before, mark);
        expect((after & ~mask) >>> 0).toBe((before & ~mask) >>> 0);
        expect(hasMark(after, mark)).toBe(true);
      }),
    );
  });

  it('a value outside its mask never matches', () => {
    expect(hasMark(0x100, { value: 0x100, mask: 0xff })).toBe(false);
  });

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(word, word, (value, mask) => {
        expect(parseMark(formatMark({ value, mask }))).toEqual({ value, mask });
      }),
    );
  });

  it('reads decimal, hexadecimal and octal words of 32 bits', () => {
    expect(['16', '0x10', '020', '0xffffffff', '4294967296', '0x', '-1', '1.5'].map(parseWord)).toEqual([
      16,
      16,
      16,
      0xffffffff,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('knows masks whose bits stand together', () => {
    expect([0xff000000, 0x00ff0000, 1, 0xffffffff, 0xf0f0, 0].map(isContiguous)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect([0xff000000, 0x80000000, 1].map(lowestBit)).toEqual([24, 31, 0]);
  });
});

describe('durations and ports', () => {
  it('reads one unit or several', () => {
    expect(['500ms', '10s', '1m30s', '2h', '1.5s', '10', 's', '-1s'].map(parseDuration)).toEqual([
      500,
      10_000,
      90_000,
      7_200_000,
      1500,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['16.1s', 16_100],
    ['1.001s', 1001],
    ['0.1h', 360_000],
    ['1.1m0.5s', 66_500],
  ])('reads %s to the millisecond', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('prints a duration so that it reads as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('reads ports and ranges from 1 to 65535, in order', () => {
    expect(['443', '8000-8100', '0', '65536', '9-8', 'http'].map(parsePortRange)).toEqual([
      { from: 443, to: 443 },
      { from: 8000, to: 8100 },
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(formatPortRange({ from: 8000, to: 8100 }, ':')).toBe('8000:8100');
  });
});

describe('places', () => {
  it('an offset has a line and a column, both from one', () => {
    expect([0, 2, 3, 5].map((offset) => lineAndColumn('ab\ncd\n', offset))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 3 },
      { line: 2, column: 1 },
      { line: 2, column: 3 },
    ]);
  });
});
