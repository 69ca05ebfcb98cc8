import { DEFAULT_FAILBACK_AFTER_MS, DEFAULT_LAST_RESORT } from '../defaults.ts';
import { NAME_PATTERN, NAME_PHRASE } from '../schema/leaf.ts';
import type { LastResort, Policy, PolicyMember } from '../site.ts';
import { child, itemsOf, type YamlEntry, type YamlNode } from '../yaml-node.ts';
import { durationAt, located, numberAt, scalarAt } from './read-values.ts';
import { checkReference, type Names, originOf, type Reading, report } from './reading.ts';

export function readPolicies(reading: Reading, site: YamlNode, wans: Names): readonly Policy[] {
  const node = child(site, 'policies');
  return node?.kind === 'map' ? node.entries.flatMap((entry) => readPolicy(reading, entry, wans) ?? []) : [];
}

function readPolicy(reading: Reading, { key, value }: YamlEntry, wans: Names): Policy | undefined {
  // The library of the schema passes over a key `__proto__`, and over all that it holds.
  if (!NAME_PATTERN.test(key.value)) {
    report(reading, key.span, `expected ${NAME_PHRASE}, not "${key.value}"`);
    return undefined;
  }
  const sticky = durationAt(reading, value, 'sticky')?.value ?? 0;
  const failback = scalarAt(value, 'failback_after');
  const failbackMs = durationAt(reading, value, 'failback_after')?.value ?? DEFAULT_FAILBACK_AFTER_MS;
  return {
    name: key.value,
    origin: originOf(reading, key.span),
    members: readMembers(reading, child(value, 'members'), wans),
    lastResort: lastResortOf(scalarAt(value, 'last_resort')?.text),
    ...(sticky === 0 ? {} : { stickyMs: sticky }),
    onFailure: scalarAt(value, 'on_failure')?.text === 'keep' ? 'keep' : 'reset',
    onRecovery: scalarAt(value, 'on_recovery')?.text === 'move' ? 'move' : 'keep',
    failbackAfterMs: failback?.text === 'never' ? 'never' : failbackMs,
    ...(failback === undefined ? {} : { failbackOrigin: originOf(reading, failback.span) }),
  };
}

function lastResortOf(text: string | undefined): LastResort {
  return text === 'unreachable' || text === 'blackhole' || text === 'main' ? text : DEFAULT_LAST_RESORT;
}

function readMembers(reading: Reading, node: YamlNode | undefined, wans: Names): readonly PolicyMember[] {
  const seen = new Set<string>();
  return itemsOf(node).flatMap((item) => {
    const wan = scalarAt(item, 'wan');
    if (wan === undefined) return [];
    checkReference(reading, located(wan), wans);
    if (seen.has(wan.text)) report(reading, wan.span, `"${wan.text}" is twice in this policy`);
    seen.add(wan.text);
    return [
      {
        wan: wan.text,
        weight: numberAt(item, 'weight')?.value ?? 1,
        tier: numberAt(item, 'tier')?.value ?? 1,
        origin: originOf(reading, item.span),
      },
    ];
  });
}
