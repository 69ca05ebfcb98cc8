import * as z from 'zod/mini';
import { leadingZero } from './leading-zero.ts';
import { definitionOf } from './schema/schemas-at.ts';
import type { YamlNode } from './yaml-node.ts';
import { resolvePlain } from './yaml-plain.ts';

/**
 * What to do about the quotes of a refused value. YAML makes a number of 5 and a truth of true, unless quotes make them
 * texts; said only where that is all that is wrong.
 */
export function quotingCure(node: YamlNode, allowed: readonly z.core.$ZodType[]): string | undefined {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  const fits = (value: unknown) => allowed.some((schema) => z.safeParse(schema, value).success);
  if (typeof node.value === 'string')
    return leadingZero(node.text) === undefined && fits(resolvePlain(node.text))
      ? 'write it without quotes'
      : undefined;
  // Where numbers are taken, too, it is not the quotes that this one lacks.
  const takesNumbers = allowed.some((schema) => definitionOf(schema).type === 'number');
  return !takesNumbers && fits(node.text) ? 'put it in quotes' : undefined;
}
