import { describe, expect, test } from 'vitest';
import { isNamed, nameOf, patternHolds, patternsMeet } from '../../../src/net/interface-pattern.ts';

describe('a pattern of interface names', () => {
  test.each([
    ['br0', 'br0', true],
    ['br0', 'br01', false],
    ['br+', 'br0', true],
    ['br+', 'br', true],
    ['br+', 'eth0', false],
    ['+', 'eth0', true],
  ])('%s for %s', (pattern, name, answer) => {
    expect(isNamed(pattern, name)).toBe(answer);
  });

  test.each([
    ['br+', 'br+', true, true],
    ['b+', 'br+', true, true],
    ['br+', 'b+', false, true],
    ['br+', 'br0', true, true],
    ['br0', 'br+', false, true],
    ['br1', 'br+', false, true],
    ['br+', 'eth+', false, false],
    ['br0', 'br1', false, false],
  ])('%s over %s', (outer, inner, holds, meets) => {
    expect(patternHolds(outer, inner)).toBe(holds);
    expect(patternsMeet(outer, inner)).toBe(meets);
    expect(patternsMeet(inner, outer)).toBe(meets);
  });

  test('has a name of its own', () => {
    expect(['br+', 'br0'].map(nameOf)).toEqual(['br0', 'br0']);
    expect(isNamed('br+', nameOf('br+'))).toBe(true);
  });
});
