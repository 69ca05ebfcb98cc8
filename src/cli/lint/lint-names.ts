import type { LintNames } from '../../config/schema/lint-schema.ts';
import { CHECKS } from '../../lint/checks.ts';
import { NEIGHBOURS } from '../../lint/neighbours.ts';

/** What the settings may name. */
export function lintNames(): LintNames {
  return { checks: CHECKS, neighbours: NEIGHBOURS.map(({ name }) => name) };
}
