import { describe, expect, it } from 'vitest';
import { downSets } from '../../../src/cli/model/down-sets.ts';

describe('the sets of WANs that can be down', () => {
  it('are all of them, smaller ones first', () => {
    expect(downSets(['a', 'b', 'c'])).toEqual({
      sets: [[], ['a'], ['b'], ['c'], ['a', 'b'], ['a', 'c'], ['b', 'c'], ['a', 'b', 'c']],
      complete: true,
    });
    expect(downSets('abcdefgh'.split('')).sets.length).toBe(256);
  });

  it('are those of one and two, and all, where there are more than eight WANs', () => {
    const { sets, complete } = downSets('abcdefghi'.split(''));
    expect([sets.length, complete]).toEqual([1 + 9 + 36 + 1, false]);
    expect(sets.at(-1)?.length).toBe(9);
  });
});
