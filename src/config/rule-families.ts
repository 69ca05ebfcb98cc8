import type { Family } from '../net/family.ts';
import { isEverything } from '../net/prefix.ts';
import type { SteeringMatch } from './site.ts';

/** Families a rule can match at all: what it says itself, else what its addresses are, else all of the site's. */
export function ruleFamilies(match: SteeringMatch, families: readonly Family[]): readonly Family[] {
  return families.filter((family) => {
    if (match.family !== undefined && match.family !== family) return false;
    return [match.source, match.destination].every((prefixes) => {
      const values = prefixes?.values.filter((prefix) => prefix.family === family) ?? [];
      return prefixes === undefined || (prefixes.negated ? !values.some(isEverything) : values.length > 0);
    });
  });
}
