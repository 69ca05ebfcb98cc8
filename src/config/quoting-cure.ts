import type * as z from 'zod/mini';
import { leadingZero } from './leading-zero.ts';
import { fitsAny } from './schema/fits-any.ts';
import { definitionOf } from './schema/schemas-at.ts';
import type { YamlNode } from './yaml-node.ts';
import { resolvePlain } from './yaml-plain.ts';

/**
 * What to do about the quotes of a refused value: YAML reads 5 as a number and true as a truth, and both in quotes as
 * texts. Undefined unless that is all that is wrong.
 */
export function quotingCure(node: YamlNode, allowed: readonly z.core.$ZodType[]): string | undefined {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  if (typeof node.value === 'string')
    return leadingZero(node.text) === undefined && fitsAny(allowed, resolvePlain(node.text))
      ? 'write it without quotes'
      : undefined;
  // Where numbers are taken, quotes are no help for one that is refused.
  const takesNumbers = allowed.some((schema) => definitionOf(schema).type === 'number');
  return !takesNumbers && fitsAny(allowed, node.text) ? 'put it in quotes' : undefined;
}
