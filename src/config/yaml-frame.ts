import type { Span } from '../net/span.ts';
import type { Located } from './site.ts';
import type { YamlEntry, YamlNode } from './yaml-node.ts';

/** A list or mapping that is still open while events are read. */
export interface Frame {
  readonly kind: 'list' | 'map';
  readonly start: number;
  readonly flow: boolean;
  readonly anchor: string | undefined;
  readonly items: YamlNode[];
  readonly entries: YamlEntry[];
  readonly keys: Set<string>;
  /** The key that waits for its value; `refused` when that value is to be left out. */
  pending: { readonly key: Located<string>; readonly refused: boolean } | undefined;
  /** Values inside, with aliases counted in full. */
  size: number;
}

export function openFrame(
  kind: Frame['kind'],
  start: number,
  flow: boolean,
  anchor: string | undefined,
): Frame {
  return { kind, start, flow, anchor, items: [], entries: [], keys: new Set(), pending: undefined, size: 0 };
}

/** Puts a finished node into the open frame: an item, a key, or the value of the key before it. */
export function addNode(
  frame: Frame,
  node: YamlNode,
  size: number,
  report: (span: Span, message: string) => void,
): void {
  frame.size += size;
  if (frame.kind === 'list') {
    frame.items.push(node);
    return;
  }
  if (frame.pending !== undefined) {
    const { key, refused } = frame.pending;
    frame.pending = undefined;
    if (!refused) frame.entries.push({ key, value: node });
    return;
  }
  frame.pending = keyOf(frame, node, report);
}

function keyOf(
  frame: Frame,
  node: YamlNode,
  report: (span: Span, message: string) => void,
): Frame['pending'] {
  if (node.kind !== 'scalar') {
    report(node.span, 'a key must be a word');
    return { key: { value: '', span: node.span }, refused: true };
  }
  const key = { value: node.text, span: node.span };
  const refused = frame.keys.has(key.value);
  if (refused) report(key.span, `"${key.value}" is given twice`);
  frame.keys.add(key.value);
  return { key, refused };
}

export function finishFrame(frame: Frame, span: Span): YamlNode {
  return frame.kind === 'list'
    ? { kind: 'list', items: frame.items, span }
    : { kind: 'map', entries: frame.entries, span };
}
