import { child, scalarsOf, type YamlNode } from '../yaml-node.ts';
import { checkInterface } from './check-interface.ts';
import type { Reading } from './reading.ts';

/** `lan`: names of inside interfaces, or their beginnings and a `+`. */
export function readLan(reading: Reading, site: YamlNode): readonly string[] {
  const scalars = scalarsOf(child(site, 'lan'));
  for (const scalar of scalars) checkInterface(reading, scalar);
  return scalars.map(({ text }) => text);
}
