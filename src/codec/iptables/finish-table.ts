import type { Chain, Hook, Rule, Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';

/** Hooks at which NETMAP translates the source instead of the destination (xt_NETMAP). */
const SOURCE_HOOKS: ReadonlySet<Hook> = new Set(['input', 'postrouting']);

/**
 * What only the whole table tells: jumps to chains that come later, and which side a NETMAP translates. `unknownTargets` are
 * the names of targets that had no meaning when they were read.
 */
export function finishTable(read: Table, unknownTargets: ReadonlySet<string>): Table {
  // Asked first, since looking at a hundred thousand rules takes its time.
  const hasLate = read.chains.some(({ name }) => unknownTargets.has(name));
  const table = hasLate ? resolveJumps(read) : read;
  if (
    table.name !== 'nat' ||
    !table.chains.some((chain) => chain.rules.some((rule) => rule.statements.some(isNetmap)))
  )
    return table;
  return { ...table, chains: table.chains.map((chain) => turnNetmaps(chain, hooksOf(chain, table))) };
}

function isNetmap(statement: Statement): boolean {
  return statement.kind === 'nat' && statement.prefix === true;
}

function turnNetmaps(chain: Chain, hooks: ReadonlySet<Hook>): Chain {
  const sides = new Set([...hooks].map((hook) => SOURCE_HOOKS.has(hook)));
  if (!sides.has(true)) return chain;
  const turn = (statement: Statement): Statement => {
    if (statement.kind !== 'nat' || statement.prefix !== true) return statement;
    // Both sides lead here: which one it is depends on the packet's hook, which no single statement says.
    return sides.size === 2
      ? { kind: 'unknown-target', name: 'NETMAP', text: '-j NETMAP' }
      : { ...statement, type: 'snat' };
  };
  const rules = chain.rules.map((rule): Rule => {
    return rule.statements.some(isNetmap) ? { ...rule, statements: rule.statements.map(turn) } : rule;
  });
  return { ...chain, rules };
}

/** Hooks whose builtin chain leads to this chain. */
function hooksOf(chain: Chain, table: Table): ReadonlySet<Hook> {
  const hooks = new Set<Hook>();
  for (const base of table.chains) {
    if (base.base !== undefined && reaches(base, chain.name, table, new Set())) hooks.add(base.base.hook);
  }
  return hooks;
}

function reaches(from: Chain, name: string, table: Table, seen: Set<string>): boolean {
  if (from.name === name) return true;
  seen.add(from.name);
  for (const { statements } of from.rules) {
    for (const statement of statements) {
      if (statement.kind !== 'verdict' || !('chain' in statement.verdict)) continue;
      const target = statement.verdict.chain;
      const next = seen.has(target) ? undefined : table.chains.find((chain) => chain.name === target);
      if (next !== undefined && reaches(next, name, table, seen)) return true;
    }
  }
  return false;
}

/** A target that was no chain when it was read may be one by the end of the table. */
function resolveJumps(table: Table): Table {
  const names = new Set(table.chains.map((chain) => chain.name));
  const isJump = (statement: Statement | undefined) =>
    statement?.kind === 'unknown-target' &&
    names.has(statement.name) &&
    statement.text === `-j ${statement.name}`;
  const resolve = (rule: Rule): Rule => {
    const last = rule.statements.at(-1);
    if (last?.kind !== 'unknown-target' || !isJump(last)) return rule;
    const jump: Statement = { kind: 'verdict', verdict: { kind: 'jump', chain: last.name } };
    return { ...rule, statements: [...rule.statements.slice(0, -1), jump] };
  };
  return { ...table, chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.map(resolve) })) };
}
