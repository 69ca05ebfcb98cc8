import { KERNEL_TABLES } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';

/** Names of routing tables: the kernel's own three, and what the rt_tables files of the state say. */
export function tableNames(state: KernelState): ReadonlyMap<number, string> {
  const names = new Map(KERNEL_TABLES);
  for (const { path, text } of state.files) {
    if (!path.includes('rt_tables')) continue;
    for (const [, number, name] of text.matchAll(/^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/gim))
      if (name !== undefined) names.set(Number(number), name);
  }
  return names;
}
