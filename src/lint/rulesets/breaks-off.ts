import type { Expression } from '../../kernel/expression.ts';
import type { Rule, Table } from '../../kernel/netfilter.ts';
import { stableText } from '../../kernel/stable-text.ts';
import type { Statement } from '../../kernel/statement.ts';

/**
 * Whether a statement of nft may end the rule for some packets, as a match does (NFT_BREAK): a map that lacks the key,
 * a header of the other family, a connection mark without a connection, a set that is full, a port without a listener.
 * What xt does always lets the rule go on.
 */
export function mayBreakOff(statement: Statement, rule: Rule, table: Table): boolean {
  if (table.frontend !== 'nft') return false;
  switch (statement.kind) {
    case 'tproxy':
      return true;
    case 'set-update':
      return statement.ipset !== true;
    case 'set':
      // Writing a connection's mark where there is no connection does nothing, and the rule goes on (kernel-facts 4.2).
      return [statement.target, statement.value].some(
        (one, at) => !(at === 0 && one.kind === 'ct') && lacks(one, rule, table),
      );
    default:
      return false;
  }
}

/** Meta keys that every packet has. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(['mark', 'priority', 'length', 'protocol', 'nfproto']);

/** Whether there are packets of which this says nothing; unsure is yes. */
function lacks(expression: Expression, rule: Rule, table: Table): boolean {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'numgen':
      return false;
    case 'meta':
      return !ALWAYS_THERE.has(expression.key) && !isAsked(expression, rule);
    case 'ct':
      return !rule.statements.some(needsConnection);
    case 'payload':
      return expression.protocol !== table.family && !isAsked(expression, rule);
    case 'binary':
      return lacks(expression.left, rule, table) || lacks(expression.right, rule, table);
    case 'concat':
      return expression.parts.some((part) => lacks(part, rule, table));
    case 'hash':
      return expression.of !== undefined && lacks(expression.of, rule, table);
    case 'map':
      return lacks(expression.key, rule, table) || !hasEveryNumber(expression);
    default:
      return true;
  }
}

/** A match of the same rule reads it too. */
function isAsked(expression: Expression, { statements }: Rule): boolean {
  const text = stableText(expression);
  return statements.some((one) => one.kind === 'match' && stableText(one.left) === text);
}

/** A match that no packet without a connection fulfils: those are `untracked` or `invalid`. */
function needsConnection(statement: Statement): boolean {
  if (statement.kind !== 'match' || statement.left.kind !== 'ct') return false;
  if (statement.left.key !== 'state') return true;
  return statement.operator === '==' && !/untracked|invalid/.test(stableText(statement.right));
}

/** A draw of so many numbers, each of which is in the map. */
function hasEveryNumber({ key, map }: Extract<Expression, { kind: 'map' }>): boolean {
  if ((key.kind !== 'numgen' && key.kind !== 'hash') || map.kind !== 'set') return false;
  return map.elements.reduce((sum, element) => sum + widthOf(element.key), 0) === key.modulus;
}

function widthOf(key: Expression): number {
  if (key.kind !== 'range') return 1;
  const { from, to } = key;
  return from.kind === 'number' && to.kind === 'number' ? to.value - from.value + 1 : 0;
}
