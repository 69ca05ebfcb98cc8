import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag } from 'js-yaml';
import type { YamlScalar } from './yaml-node.ts';

/** No null, boolean or number begins with anything else; most words of a site do. */
const MAY_BE_OTHER = /^(?:[-+.~0-9nNtTfF]|$)/;

/** What YAML 1.2's core schema makes of a text without quotes. */
export function resolvePlain(text: string): YamlScalar['value'] {
  if (!MAY_BE_OTHER.test(text)) return text;
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}
