import { meantKey } from './meant.ts';
import type { YamlNode } from './yaml-node.ts';

/** Whether a key, in whatever spelling, was there and was taken out: what holds where it is left out means nothing then. */
export function isRefused(node: YamlNode | undefined, key: string): boolean {
  return node?.kind === 'map' && (node.refused ?? []).some((name) => meantKey(name, [key]) !== undefined);
}
