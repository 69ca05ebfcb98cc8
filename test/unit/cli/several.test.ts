import { expect, it } from 'vitest';
import { several } from '../../../src/cli/format/several.ts';

it('joins a few names, each once, in the order people count in', () => {
  expect(several(['w10', 'w2', 'w2', 'fiber'], 40)).toBe('fiber+w2+w10');
  expect(several([], 40)).toBe('');
});

it('names the first of many, and counts the others', () => {
  const names = Array.from({ length: 64 }, (_, at) => `w${at + 1}`);
  expect(several(names.slice(0, 4), 40)).toBe('w1+w2+w3+w4');
  expect(several(names, 40)).toBe('w1+w2+w3+61 more');
});

it('names no more than there is room for', () => {
  const names = ['branch-a', 'branch-b', 'branch-c'];
  expect(several(names, 26)).toBe('branch-a+branch-b+branch-c');
  expect(several(names, 25)).toBe('branch-a+branch-b+1 more');
  expect(several(names, 5)).toBe('branch-a+2 more');
});
