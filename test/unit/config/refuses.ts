import { describe, expect, test } from 'vitest';
import { diagnose, files } from './diagnose.ts';

/** What is wrong, the lines that have it, and what is said of them: `line:column: message (nearest)`. */
export type Refusal = readonly [title: string, lines: string, ...expected: string[]];

/** Of lines that begin in line 4 of a right site, whose WANs are fiber and cable. */
export function refusesInSite(refusals: readonly Refusal[]): void {
  describe('a site is refused for', () => {
    test.each(refusals)('%s', (_, site, ...expected) => {
      expect(diagnose(files({ site }))).toEqual(expected.map((each) => `polywan.yaml:${each}`));
    });
  });
}

/** Of lines that begin in line 3 of a right profile: that of the WAN fiber on wan0. */
export function refusesInProfile(refusals: readonly Refusal[]): void {
  describe('a profile is refused for', () => {
    test.each(refusals)('%s', (_, fiber, ...expected) => {
      expect(diagnose(files({ fiber }))).toEqual(expected.map((each) => `profiles/fiber.yaml:${each}`));
    });
  });
}
