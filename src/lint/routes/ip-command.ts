import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';

export function ipCommand(family: Family): string {
  return family === 'ipv6' ? 'ip -6' : 'ip';
}

/** A table by its name in rt_tables, where there is one. */
export function tableName({ state }: Machine, table: number): string {
  if (table === 254) return 'main';
  for (const { path, text } of state.files) {
    if (!path.includes('rt_tables')) continue;
    const name = new RegExp(`^\\s*${table}\\s+(\\S+)`, 'm').exec(text)?.[1];
    if (name !== undefined) return name;
  }
  return String(table);
}
