import { child, scalarsOf, type YamlNode } from '../yaml-node.ts';
import { checkInterface } from './check-interface.ts';
import { type Reading, report } from './reading.ts';

/** `lan`: names of inside interfaces, or their beginnings and a `+`. */
export function readLan(reading: Reading, site: YamlNode): readonly string[] {
  const scalars = scalarsOf(child(site, 'lan'));
  for (const scalar of scalars) {
    checkInterface(reading, scalar);
    if (scalar.text === 'router')
      report(reading, scalar.span, '"router" is the router itself: give the interface another name');
  }
  return scalars.map(({ text }) => text);
}
