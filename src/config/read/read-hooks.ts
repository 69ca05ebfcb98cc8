import type { Hooks } from '../site.ts';
import { textAt, type YamlNode } from '../yaml-node.ts';

export function readHooks(node: YamlNode | undefined): Hooks {
  const up = textAt(node, 'up')?.value;
  const down = textAt(node, 'down')?.value;
  return { ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }) };
}
