import type { YamlEntry, YamlList, YamlMap, YamlNode } from './yaml-node.ts';

/**
 * The tree without the nodes and entries that are wrong, so that readers meet only values of the right shape. A
 * mapping that only lacks something stays, marked: what else it says is still read and checked.
 */
export function pruneNodes(node: YamlNode, wrong: ReadonlySet<YamlNode | YamlEntry>): YamlNode | undefined {
  switch (node.kind) {
    case 'scalar':
      return wrong.has(node) ? undefined : node;
    case 'list':
      return wrong.has(node) ? undefined : pruneList(node, wrong);
    case 'map':
      return pruneMap(node, wrong);
  }
}

function pruneList(node: YamlList, wrong: ReadonlySet<YamlNode | YamlEntry>): YamlList {
  const items = node.items.flatMap((item) => pruneNodes(item, wrong) ?? []);
  return items.length === node.items.length && !items.some(isPruned)
    ? node
    : { ...node, items, pruned: true };
}

function pruneMap(node: YamlMap, wrong: ReadonlySet<YamlNode | YamlEntry>): YamlMap {
  const entries = node.entries.flatMap((entry) => {
    const value = wrong.has(entry) ? undefined : pruneNodes(entry.value, wrong);
    return value === undefined ? [] : [{ ...entry, value }];
  });
  const whole = entries.length === node.entries.length && !entries.some((entry) => isPruned(entry.value));
  if (whole && !wrong.has(node)) return node;
  const kept = new Set(entries.map(({ key }) => key));
  const refused = node.entries.flatMap(({ key }) => (kept.has(key) ? [] : [key.value]));
  return { ...node, entries, pruned: true, refused };
}

export function isPruned(node: YamlNode | undefined): boolean {
  return node !== undefined && node.kind !== 'scalar' && node.pruned === true;
}
