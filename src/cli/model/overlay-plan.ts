import type { Table } from '../../kernel/netfilter.ts';
import { OWN_CHAIN_PREFIX, ownState } from '../../kernel/ownership.ts';
import { EMPTY_STATE, type KernelState, type Sysctl } from '../../kernel/state.ts';

/** A machine's state once polywan's own part of it is what a plan wants. Everything foreign stays. */
export function overlayPlan(facts: KernelState, desired: KernelState): KernelState {
  const own = ownState(facts);
  const keep = <T>(all: readonly T[], mine: readonly T[]) => all.filter((one) => !mine.includes(one));
  return {
    ...facts,
    policyRules: [...keep(facts.policyRules, own.policyRules), ...desired.policyRules],
    routes: [...keep(facts.routes, own.routes), ...desired.routes],
    tables: mergeTables(facts.tables, desired.tables),
    ipsets: [...keep(facts.ipsets, own.ipsets), ...desired.ipsets],
    sysctls: mergeSysctls(facts.sysctls, desired.sysctls),
    files: [...new Map([...facts.files, ...desired.files].map((file) => [file.path, file])).values()],
  };
}

function mergeSysctls(facts: readonly Sysctl[], desired: readonly Sysctl[]): readonly Sysctl[] {
  return [...new Map([...facts, ...desired].map((sysctl) => [sysctl.key, sysctl])).values()];
}

function mergeTables(facts: readonly Table[], desired: readonly Table[]): readonly Table[] {
  const stripped = facts.flatMap(withoutOwn);
  const merged = stripped.map((table) => {
    const wanted = desired.find((one) => sameTable(one, table));
    return wanted === undefined ? table : mergeTable(table, wanted);
  });
  return [...merged, ...desired.filter((one) => !stripped.some((table) => sameTable(one, table)))];
}

function sameTable(a: Table, b: Table): boolean {
  return a.frontend === b.frontend && a.family === b.family && a.name === b.name;
}

/** The nft table goes whole; of an iptables table its own chains and the jumps into them. */
function withoutOwn(table: Table): readonly Table[] {
  if (table.frontend === 'nft')
    return ownState({ ...EMPTY_STATE, tables: [table] }).tables.length > 0 ? [] : [table];
  const chains = table.chains
    .filter((chain) => !chain.name.startsWith(OWN_CHAIN_PREFIX))
    .map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => !isOwnJump(rule)) }));
  return [{ ...table, chains }];
}

function isOwnJump({ statements }: Table['chains'][number]['rules'][number]): boolean {
  return statements.some(
    (statement) =>
      statement.kind === 'verdict' &&
      'chain' in statement.verdict &&
      statement.verdict.chain.startsWith(OWN_CHAIN_PREFIX),
  );
}

/** apply puts its one jump before what is in a builtin chain. */
function mergeTable(table: Table, wanted: Table): Table {
  const chains = table.chains.map((chain) => {
    const more = wanted.chains.find(({ name }) => name === chain.name);
    return more === undefined ? chain : { ...chain, rules: [...more.rules, ...chain.rules] };
  });
  const missing = wanted.chains.filter(({ name }) => !table.chains.some((chain) => chain.name === name));
  return { ...table, chains: [...chains, ...missing] };
}
