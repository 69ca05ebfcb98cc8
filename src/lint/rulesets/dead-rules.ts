import type { Chain, Rule, Table } from '../../kernel/netfilter.ts';
import { digestOf } from '../table-digest.ts';
import { anchorIndex } from './anchor-index.ts';
import { mayBreakOff } from './breaks-off.ts';
import { asks, type ChainFacts, chainFacts, takesEveryPacket } from './chain-facts.ts';
import type { ChainGraph } from './chain-graph.ts';
import { type Condition, readCondition } from './condition.ts';
import { FieldBook } from './field.ts';
import { allImplied, shadowIndex } from './shadow-index.ts';

/** A rule that no packet reaches, or that none fulfils which gets there. */
export interface DeadRule {
  readonly table: Table;
  readonly chain: Chain;
  readonly rule: Rule;
  /** The rule before it that lets no such packet by. */
  readonly by: Rule;
  /** `by` ends every walk, and this many rules behind this one are as dead. */
  readonly more?: number;
}

/** All dead rules of a table's chains; one for all that stand behind a rule which ends every walk. */
export function deadRules(graph: ChainGraph): readonly DeadRule[] {
  const facts = chainFacts(graph);
  const book = new FieldBook();
  const dead: DeadRule[] = [];
  for (const table of graph.tables)
    for (const chain of table.chains) {
      // Parts of one chain from several files: which comes first is not known.
      if ((graph.chains.get(chain.name)?.length ?? 0) > 1 || chain.rules.length < 2) continue;
      findDead(table, chain, facts, book, dead);
    }
  return dead;
}

function findDead(table: Table, chain: Chain, facts: ChainFacts, book: FieldBook, dead: DeadRule[]): void {
  const { rules } = chain;
  const before = earlierRules(table, rules, book);
  const actions = digestOf(table).notable.get(chain) ?? [];
  let next = 0;
  for (let at = 0; at < rules.length; at += 1) {
    const rule = rules[at];
    if (rule === undefined) continue;
    const { statements } = rule;
    const last = statements[statements.length - 1];
    const ends = last !== undefined && facts.ends(last, rule, table);
    const found = before.find(rule);
    const by = found === -1 ? undefined : rules[found];
    if (by !== undefined) dead.push({ table, chain, rule, by });
    if (ends && takesEveryPacket(rule, table)) {
      const following = rules[at + 1];
      if (following !== undefined)
        dead.push({ table, chain, rule: following, by: rule, more: rules.length - at - 2 });
      return;
    }
    if (ends && by === undefined) before.add(rule, at);
    for (let action = actions[next]; action?.index === at; action = actions[next]) {
      next += 1;
      const effect = facts.effectOf(action.statement);
      if (effect !== 'none') before.forget(effect === 'all');
    }
  }
}

/** Rules that end the walk, by what they ask: by a single address where they ask for one, else by all of it. */
function earlierRules(table: Table, rules: readonly Rule[], book: FieldBook) {
  const asked: Asked = { conditions: [], isWhole: false };
  const again: Asked = { conditions: [], isWhole: false };
  const eras = new Int32Array(rules.length);
  let era = 0;
  const read = (at: number): Asked => {
    const rule = rules[at];
    if (rule !== undefined) readConditions(rule, table, book, again);
    return again;
  };
  /** What rules ask of marks and sets holds as long as no rule between them changes any. */
  const fits = (at: number, inner: readonly Condition[]): boolean => {
    const { conditions, isWhole } = read(at);
    if (!isWhole || (eras[at] !== era && conditions.some(isMutable))) return false;
    return allImplied(inner, conditions);
  };
  const anchors = anchorIndex(rules.length);
  const shapes = shadowIndex(rules.length, fits);
  let current: Rule | undefined;
  let isRead = false;
  /** Conditions of the rule that is looked for; of most rules nobody asks for them. */
  const conditionsNow = (): readonly Condition[] => {
    if (!isRead && current !== undefined) readConditions(current, table, book, asked);
    isRead = true;
    return asked.conditions;
  };
  const fitsNow = (at: number): boolean => fits(at, conditionsNow());
  return {
    find: (rule: Rule): number => {
      current = rule;
      isRead = false;
      const anchored = anchors.find(rule.statements, fitsNow);
      return anchored !== -1 || shapes.isEmpty() ? anchored : shapes.find(conditionsNow());
    },
    add: (rule: Rule, at: number): void => {
      eras[at] = era;
      for (const one of anchors.add(rule.statements, at)) {
        const { conditions, isWhole } = read(one);
        if (isWhole) shapes.add(conditions, one);
      }
    },
    forget: (everything: boolean): void => {
      era += 1;
      if (!everything) return;
      anchors.forget();
      shapes.forget();
    },
  };
}

function isMutable({ life }: Condition): boolean {
  return life === 'mutable';
}

/** What a rule asks; one such is filled anew for every rule. */
interface Asked {
  readonly conditions: Condition[];
  /** They are all the rule asks, before it does anything, and none of them is left to chance. */
  isWhole: boolean;
}

function readConditions(rule: Rule, table: Table, book: FieldBook, into: Asked): void {
  const { statements } = rule;
  into.conditions.length = 0;
  into.isWhole = true;
  let acted = false;
  for (let at = 0; at < statements.length; at += 1) {
    const statement = statements[at];
    if (statement === undefined) continue;
    if (!asks(statement)) {
      if (statement.kind !== 'counter' && statement.kind !== 'inert') acted = true;
      if (mayBreakOff(statement, rule, table)) into.isWhole = false;
      continue;
    }
    if (statement.kind !== 'match' || acted) {
      into.isWhole = false;
      // What is asked of a packet that the rule has changed says nothing of the one that came.
      if (acted) break;
      continue;
    }
    const condition = readCondition(statement, book);
    if (condition.life === 'volatile') into.isWhole = false;
    else into.conditions.push(condition);
  }
}
