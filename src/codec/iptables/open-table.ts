import type { BaseChain, Table } from '../../kernel/netfilter.ts';
import type { Span } from '../../net/span.ts';
import { builtinChain } from './base-chain.ts';
import { finishTable } from './finish-table.ts';
import type { Lowering, newLowering } from './lower-rule.ts';
import type { ReadOptions } from './read.ts';
import { RuleList } from './rule-list.ts';

/** A chain while its rules arrive. */
export interface OpenChain {
  readonly name: string;
  base?: BaseChain;
  span: Span;
  readonly rules: RuleList;
}

/** A table while its lines arrive; the same name may come again. */
export interface OpenTable {
  readonly name: string;
  readonly file: string;
  readonly start: number;
  end: number;
  /** It was left before its COMMIT: its last line. */
  uncommitted?: Span;
  readonly chains: Map<string, OpenChain>;
  readonly lowering: Lowering;
}

export function newTable(
  name: string,
  { file, start, end }: Span,
  lowering: ReturnType<typeof newLowering>,
): OpenTable {
  const chains = new Map<string, OpenChain>();
  return {
    name,
    file,
    start,
    end,
    chains,
    lowering: { ...lowering, isChain: (chain) => chains.has(chain), unknownTargets: new Set() },
  };
}

/** The chain of that name, made here when the table has none. */
export function chainNamed(table: OpenTable, name: string, span: Span): OpenChain {
  const known = table.chains.get(name);
  if (known !== undefined) return known;
  const builtin = builtinChain(table.name, name);
  const made: OpenChain = { name, span, rules: new RuleList() };
  if (builtin !== undefined) made.base = { ...builtin, policy: 'accept' };
  table.chains.set(name, made);
  return made;
}

export function closeTable(
  table: OpenTable,
  { frontend, family }: Pick<ReadOptions, 'frontend' | 'family'>,
): Table {
  const chains = [...table.chains.values()].map(({ name, base, rules, span }) => ({
    name,
    ...(base === undefined ? {} : { base }),
    rules: rules.all(),
    span,
  }));
  const { file, start, end, uncommitted } = table;
  const span = { file, start, end };
  const closed: Table = { frontend, family, name: table.name, chains, sets: [], span };
  return finishTable(
    uncommitted === undefined ? closed : { ...closed, uncommitted },
    table.lowering.unknownTargets,
  );
}
