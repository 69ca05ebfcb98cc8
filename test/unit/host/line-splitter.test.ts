import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineSplitter } from '../../../src/host/line-splitter.ts';

it('text in whatever pieces comes to the same lines, and the end without a newline to none', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', ' ', '\n') })), (pieces) => {
      const linesOf = lineSplitter();
      expect(pieces.flatMap(linesOf)).toEqual(pieces.join('').split('\n').slice(0, -1));
    }),
  );
});
