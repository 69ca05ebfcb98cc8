import type { BaseChain, Table } from '../../kernel/netfilter.ts';
import { builtinChain } from './base-chain.ts';
import { finishTable } from './finish-table.ts';
import type { Lowering, newLowering } from './lower-rule.ts';
import type { ReadOptions } from './read.ts';
import { RuleList } from './rule-list.ts';

/** A chain while its rules arrive. */
export interface OpenChain {
  readonly name: string;
  base?: BaseChain;
  start: number;
  end: number;
  readonly rules: RuleList;
}

/** A table while its lines arrive; the same name may come again. */
export interface OpenTable {
  readonly name: string;
  readonly start: number;
  end: number;
  /** It was left before its COMMIT: its last line. */
  uncommitted?: Place;
  readonly chains: Map<string, OpenChain>;
  readonly lowering: Lowering;
}

/** Offsets in the text. */
type Place = { readonly start: number; readonly end: number };

export function newTable(
  name: string,
  { start, end }: Place,
  lowering: ReturnType<typeof newLowering>,
): OpenTable {
  const chains = new Map<string, OpenChain>();
  return {
    name,
    start,
    end,
    chains,
    lowering: { ...lowering, isChain: (chain) => chains.has(chain), unknownTargets: new Set() },
  };
}

/** The chain of that name, made here when the table has none. */
export function chainNamed(table: OpenTable, name: string, { start, end }: Place): OpenChain {
  const known = table.chains.get(name);
  if (known !== undefined) return known;
  const builtin = builtinChain(table.name, name);
  const made: OpenChain = { name, start, end, rules: new RuleList() };
  if (builtin !== undefined) made.base = { ...builtin, policy: 'accept' };
  table.chains.set(name, made);
  return made;
}

export function closeTable(table: OpenTable, { file, frontend, family }: ReadOptions): Table {
  const chains = [...table.chains.values()].map(({ name, base, rules, start, end }) => ({
    name,
    ...(base === undefined ? {} : { base }),
    rules: rules.all(),
    span: { file, start, end },
  }));
  const span = { file, start: table.start, end: table.end };
  const closed: Table = { frontend, family, name: table.name, chains, sets: [], span };
  const { uncommitted } = table;
  return finishTable(
    uncommitted === undefined ? closed : { ...closed, uncommitted: { file, ...uncommitted } },
    table.lowering.unknownTargets,
  );
}
