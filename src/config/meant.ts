import type * as z from 'zod/mini';
import { DURATION } from '../net/duration.ts';
import { nearest } from './nearest.ts';
import { fitsAny } from './schema/fits-any.ts';
import type { YamlNode } from './yaml-node.ts';

interface MeantKey {
  readonly key: string;
  /** What to write in its place: in `{a:1}`, where the value is a part of the key, that is `a: 1`. */
  readonly text: string;
}

/** The known key that an unknown one was probably meant to be. */
export function meantKey(written: string, known: readonly string[]): MeantKey | undefined {
  const [, before = '', value] = /^([^:]*):(.+)$/.exec(written) ?? [];
  if (known.includes(before)) return { key: before, text: `${before}: ${value}` };
  const key = abbreviated(written.toLowerCase(), known) ?? nearest(written, known);
  return key === undefined ? undefined : { key, text: key };
}

/** The shortest key that begins with the same letter and has all the others in their order, as `destination` has `dst`. */
function abbreviated(written: string, known: readonly string[]): string | undefined {
  if (written.length < 2) return undefined;
  const fitting = known.filter((key) => key[0] === written[0] && hasInOrder(key, written));
  return fitting.sort((a, b) => a.length - b.length)[0];
}

function hasInOrder(key: string, letters: string): boolean {
  let found = 0;
  for (const letter of key) if (letter === letters[found]) found += 1;
  return found === letters.length;
}

/** Words that some keys take beside values of another kind; they stand in the message where they may be meant. */
const SPECIAL_WORDS = ['auto', 'none', 'never', 'off', 'true', 'false'];

/** What YAML 1.1 took for true and false beside yes and no; by its letters `on` is nearest to no. */
const SWITCHES: ReadonlyMap<string, string> = new Map([
  ['on', 'yes'],
  ['y', 'yes'],
  ['off', 'no'],
  ['n', 'no'],
]);

/** A known word near the one written, the same number as a percentage, or a duration without its blanks and capitals. */
export function meantValue(
  issue: z.core.$ZodIssue,
  node: YamlNode,
  allowed: readonly z.core.$ZodType[],
): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (issue.message.includes('percentage')) {
    const percentage = `${node.text.replace(/\s*%?$/, '')}%`;
    return fitsAny(allowed, percentage) ? percentage : undefined;
  }
  const tight = node.text.replace(/\s/g, '').toLowerCase();
  if (DURATION.test(tight) && fitsAny(allowed, tight)) return tight;
  if (typeof node.value === 'number') return undefined;
  const values = issue.code === 'invalid_value' ? issue.values : [];
  const switched = SWITCHES.get(node.text.toLowerCase());
  if (switched !== undefined && values.includes(switched)) return switched;
  const special = SPECIAL_WORDS.filter((word) => new RegExp(`\\b${word}\\b`).test(issue.message));
  return nearest(node.text, [...values.filter((value) => typeof value === 'string'), ...special]);
}
