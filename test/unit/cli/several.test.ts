import { expect, it } from 'vitest';
import { several } from '../../../src/cli/format/several.ts';

it('joins a few names, each once, in the order people count in', () => {
  expect(several(['w10', 'w2', 'w2', 'fiber'])).toBe('fiber+w2+w10');
  expect(several([])).toBe('');
});

it('names the first of many, and counts the others', () => {
  const names = Array.from({ length: 64 }, (_, at) => `w${at + 1}`);
  expect(several(names.slice(0, 4))).toBe('w1+w2+w3+w4');
  expect(several(names)).toBe('w1+w2+w3+61 more');
});
