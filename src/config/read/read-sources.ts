import type { Family } from '../../net/family.ts';
import { everything, formatPrefix, mergePrefixes, type Prefix } from '../../net/prefix.ts';
import { isRefused } from '../is-refused.ts';
import type { Nat } from '../site.ts';
import { child, scalarsOf, type YamlNode } from '../yaml-node.ts';
import { prefixOf } from './read-values.ts';
import { type Reading, report } from './reading.ts';

/** `sources`: merged, of families that are translated; everything only where it is written as such. */
export function readSources(
  reading: Reading,
  profile: YamlNode,
  families: readonly Family[],
  nat: Readonly<Record<Family, Nat>>,
): readonly Prefix[] | undefined {
  const node = child(profile, 'sources');
  if (node === undefined) return undefined;
  const isKnown = !isRefused(profile, 'masquerade', 'snat');
  if (isKnown && families.every((family) => !takesSources(nat[family]))) {
    report(reading, node.span, 'sources without masquerade or snat');
    return undefined;
  }
  const prefixes = scalarsOf(node).flatMap((scalar) => {
    const prefix = prefixOf(reading, scalar);
    if (prefix === undefined) return [];
    if (!families.includes(prefix.family)) report(reading, scalar.span, `the WAN has no ${prefix.family}`);
    else if (isKnown && !takesSources(nat[prefix.family]))
      report(reading, scalar.span, `the WAN translates no ${prefix.family} by masquerade or snat`);
    return [prefix];
  });
  const merged = mergePrefixes(prefixes);
  for (const { family } of merged.filter((prefix) => prefix.length === 0)) {
    if (prefixes.some((prefix) => prefix.length === 0 && prefix.family === family)) continue;
    const all = formatPrefix(everything(family));
    report(reading, node.span, `together these are all of ${family}: write it out`, all);
  }
  return merged;
}

/** NPTv6 names its own inside prefix. */
function takesSources(nat: Nat): boolean {
  return nat.kind === 'masquerade' || nat.kind === 'snat';
}
