import { tableNames } from '../../kernel/table-names.ts';
import type { Family } from '../../net/family.ts';
import type { Machine } from '../machine.ts';

export function ipCommand(family: Family): string {
  return family === 'ipv6' ? 'ip -6' : 'ip';
}

/** A table by its name, where it has one. */
export function tableName({ state }: Machine, table: number): string {
  return tableNames(state).get(table) ?? String(table);
}
