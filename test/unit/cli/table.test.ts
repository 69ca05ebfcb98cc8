import { expect, it } from 'vitest';
import { table } from '../../../src/cli/format/table.ts';

it('a table aligns its columns and leaves no space at the end of a line', () => {
  expect(
    table(
      [
        ['fiber', 'up', 'now'],
        ['lte', 'unknown'],
      ],
      80,
    ),
  ).toBe('fiber  up       now\nlte    unknown\n');
});

it('a table wraps its last column under itself', () => {
  expect(table([['one', 'two words and then some more']], 20)).toBe(
    'one  two words and\n     then some more\n',
  );
});

it('a table wraps the columns before the last too where it would be too wide, and breaks no word', () => {
  const row = ['fiber', 'degraded to unknown (upstream)', 'degraded to unknown (upstream)'];
  expect(table([row], 40)).toBe(
    [
      'fiber  degraded to unknown  degraded to\n',
      '       (upstream)           unknown\n',
      '                            (upstream)\n',
    ].join(''),
  );
  expect(table([['2001:db8::1', 'a-word-of-29-letters-stays-one']], 20)).toBe(
    '2001:db8::1  a-word-of-29-letters-stays-one\n',
  );
});

it('a table of nothing is nothing', () => {
  expect(table([], 80)).toBe('');
});
