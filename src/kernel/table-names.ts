import { KERNEL_TABLES } from './routing.ts';
import type { KernelState } from './state.ts';

/** The lines `NUMBER NAME` of an rt_tables file. */
export function readTableNames(text: string): readonly (readonly [table: number, name: string])[] {
  return [...text.matchAll(/^[ \t]*(0x[0-9a-f]+|\d+)[ \t]+([^\s#]+)/gim)].map(
    ([, table, name = '']) => [Number(table), name] as const,
  );
}

/** Names of routing tables: the kernel's own three, and what the rt_tables files of the state say. */
export function tableNames({ files }: Pick<KernelState, 'files'>): ReadonlyMap<number, string> {
  const said = files.filter(({ path }) => path.includes('rt_tables')).map(({ text }) => text);
  return new Map([...KERNEL_TABLES, ...said.flatMap(readTableNames)]);
}
