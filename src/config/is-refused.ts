import { meantKey } from './meant.ts';
import type { YamlNode } from './yaml-node.ts';

/** Whether one of the keys is written, in whatever spelling, and was refused: its default is not what was meant then. */
export function isRefused(node: YamlNode | undefined, ...keys: readonly string[]): boolean {
  const refused = node?.kind === 'map' ? (node.refused ?? []) : [];
  return keys.some((key) => refused.some((name) => meantKey(name, [key]) !== undefined));
}
