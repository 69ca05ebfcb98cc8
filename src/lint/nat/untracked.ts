import type { Chain, Hook, Rule, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import { basesOf, familiesOf } from '../all-rules.ts';
import { chainGraphs } from '../rulesets/chain-graph.ts';
import { type Condition, readCondition } from '../rulesets/condition.ts';
import { FieldBook } from '../rulesets/field.ts';
import { allImplied } from '../rulesets/shadow-index.ts';
import { type NatRule, natRules } from './source-rules.ts';

/** Where conntrack looks at a packet; notrack after that comes too late (observed on 6.18). */
const CONNTRACK = -200;

export interface NotrackRule {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule: Rule;
}

export function notrackRules(state: KernelState): readonly NotrackRule[] {
  return chainGraphs(state).flatMap((graph) =>
    graph.tables.flatMap((table) =>
      table.chains.flatMap((chain) => graph.mentions(chain).notracks.map((rule) => ({ table, chain, rule }))),
    ),
  );
}

/** Whether every way to the rule passes conntrack first. A chain at the same priority may stand on either side of it. */
export function comesTooLate({ table, chain }: NotrackRule): boolean {
  const bases = basesOf(table).get(chain.name) ?? [];
  const isLate = ({ hook, priority }: { hook: Hook; priority: number }) =>
    hook === 'prerouting' || hook === 'output'
      ? priority > CONNTRACK
      : hook !== 'ingress' && hook !== 'egress';
  return bases.length > 0 && bases.every(isLate);
}

/** A translation and the rule that leaves all of its packets untracked. */
export interface DeadNat {
  readonly nat: NatRule;
  readonly by: NotrackRule;
}

/** Fields that a destination translated on the way does not change. */
const KEPT: ReadonlySet<string> = new Set([
  'saddr',
  'sport',
  'l4proto',
  'nfproto',
  'iifname',
  'iif',
  'protocol',
]);

export function deadTranslations(state: KernelState): readonly DeadNat[] {
  const notracks = notrackRules(state).filter((one) => !comesTooLate(one) && isMetByAll(one));
  if (notracks.length === 0) return [];
  const book = new FieldBook();
  const dead: DeadNat[] = [];
  for (const nat of natRules(state)) {
    const hooks = (basesOf(nat.table).get(nat.chain.name) ?? []).map(({ hook }) => hook);
    const by = hooks.map((hook) => untrackedAt(hook, nat, notracks, book));
    const [first] = by;
    if (first !== undefined && by.every((one) => one !== undefined)) dead.push({ nat, by: first });
  }
  return dead;
}

/** The rule that leaves the packets untracked which come to this translation by this hook. */
function untrackedAt(
  hook: Hook,
  nat: NatRule,
  notracks: readonly NotrackRule[],
  book: FieldBook,
): NotrackRule | undefined {
  const asked = conditionsOf(nat.rule, book);
  const at = (wanted: Hook, onlyKept: boolean) =>
    notracks.find((one) => {
      if (one.chain.base?.hook !== wanted || !shareFamily(one.table, nat.table)) return false;
      if (onlyKept && one.rule.statements.some(asksChangeable)) return false;
      return allImplied(asked, conditionsOf(one.rule, book));
    });
  if (hook === 'prerouting' || hook === 'output') return at(hook, false);
  if (hook === 'input') return at('prerouting', true);
  const forwarded = at('prerouting', true);
  return at('output', true) === undefined ? undefined : forwarded;
}

function shareFamily(a: Table, b: Table): boolean {
  return familiesOf(b).every((family) => familiesOf(a).includes(family));
}

function asksChangeable(statement: Rule['statements'][number]): boolean {
  if (statement.kind !== 'match') return false;
  const { left } = statement;
  if (left.kind === 'payload') return !KEPT.has(left.field);
  return left.kind !== 'meta' || !KEPT.has(left.key);
}

function conditionsOf({ statements }: Rule, book: FieldBook): readonly Condition[] {
  return statements.flatMap((statement) =>
    statement.kind === 'match' ? readCondition(statement, book) : [],
  );
}

/** In a base chain, with nothing before it that may take packets away, and no question that cannot be answered. */
function isMetByAll({ chain, rule }: NotrackRule): boolean {
  if (chain.base === undefined) return false;
  if (rule.statements.some(({ kind }) => kind === 'unknown-match' || kind === 'vmap')) return false;
  for (const before of chain.rules) {
    if (before === rule) return true;
    if (before.statements.some(({ kind }) => TAKES.has(kind)) && !before.statements.some(isNotrack))
      return false;
  }
  return false;
}

const TAKES: ReadonlySet<string> = new Set(['verdict', 'vmap', 'reject', 'unknown-target', 'tproxy']);

function isNotrack({ kind }: { readonly kind: string }): boolean {
  return kind === 'notrack';
}
