import type { Span } from '../net/span.ts';
import type { Located } from './site.ts';

/** A YAML value with its place. An alias is the very node its anchor names, so its span is the anchor's. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** Resolved by YAML 1.2's core schema: `yes` is a string, `0x30` is 48. */
  readonly value: string | number | boolean | null;
  /** As written, without quotes and escapes. */
  readonly text: string;
  readonly span: Span;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly span: Span;
  /** Something wrong was taken out, and reported: what is missing now needs no second report. */
  readonly pruned?: boolean;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly span: Span;
  readonly pruned?: boolean;
  /** Keys that were taken out, as they are written. */
  readonly refused?: readonly string[];
}

export interface YamlEntry {
  readonly key: Located<string>;
  readonly value: YamlNode;
}

/** The value of a key; undefined as well when `node` is no mapping. */
export function child(node: YamlNode | undefined, key: string): YamlNode | undefined {
  if (node?.kind !== 'map') return undefined;
  return node.entries.find((entry) => entry.key.value === key)?.value;
}

/** The text of a scalar under a key, with its place. */
export function textAt(node: YamlNode | undefined, key: string): Located<string> | undefined {
  const found = child(node, key);
  return found?.kind === 'scalar' ? { value: found.text, span: found.span } : undefined;
}

/** Items of a list; a lone value is a list of one; nothing is the empty list. */
export function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  if (node === undefined) return [];
  return node.kind === 'list' ? node.items : [node];
}

/** The scalars among the items. */
export function scalarsOf(node: YamlNode | undefined): readonly YamlScalar[] {
  return itemsOf(node).filter((item) => item.kind === 'scalar');
}

/** Plain data for the schema. Mappings have no prototype, so that a key `__proto__` is a key like any other. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map': {
      const plain: Record<string, unknown> = Object.create(null);
      for (const { key, value } of node.entries) plain[key.value] = plainValue(value);
      return plain;
    }
  }
}

/** Where to point for something that a mapping lacks: its first key. */
export function headSpan(node: YamlNode): Span {
  return (node.kind === 'map' ? node.entries[0]?.key.span : undefined) ?? node.span;
}
