import { DEFAULT_TABLE, LOCAL_TABLE, MAIN_TABLE, type PolicyRule, type Route } from '../../kernel/routing.ts';
import { tableNames } from '../../kernel/table-names.ts';
import type { Family } from '../../net/family.ts';
import type { Mark } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { tablesKnown } from '../routes/marked-lookups.ts';
import { MADE_UP } from './assume-routing.ts';
import { defaultRoute } from './build-routing.ts';
import { isAmong, type MarkExit } from './mark-exits.ts';

/** A default for each table that a policy rule names and of which no routes are given. */
export function madeTables(machine: Machine, family: Family, exits: readonly MarkExit[]): readonly Route[] {
  const { state } = machine;
  if (tablesKnown(machine, family)) return [];
  const filled = new Set(state.routes.filter((route) => route.family === family).map(({ table }) => table));
  const made = new Map<number, Route>();
  for (const rule of state.policyRules) {
    const { action } = rule;
    if (rule.family !== family || action.kind !== 'lookup' || made.has(action.table)) continue;
    const { table } = action;
    if (isOwn(table) || filled.has(table)) continue;
    const device =
      saidDevice(machine, exits, rule) ?? `${MADE_UP}table-${tableNames(state).get(table) ?? table}`;
    made.set(table, defaultRoute(family, table, [device]));
  }
  return [...made.values()];
}

/** The uplink that a rule's table is for: by the table's name, or because rules give its mark to what leaves by it. */
export function saidDevice(
  { state, roles }: Machine,
  exits: readonly MarkExit[],
  { action, selector: { fwmark } }: PolicyRule,
): string | undefined {
  const named = action.kind === 'lookup' ? tableNames(state).get(action.table) : undefined;
  if (named !== undefined && isAmong(named, [...roles.wans, ...roles.others])) return named;
  return exits.find((exit) => fwmark !== undefined && isSame(fwmark, exit))?.device;
}

function isSame(fwmark: Mark, { value, mask }: Mark): boolean {
  return (mask & fwmark.mask) !== 0 && value === fwmark.value;
}

function isOwn(table: number): boolean {
  return table === LOCAL_TABLE || table === MAIN_TABLE || table === DEFAULT_TABLE;
}
