import type { Expression } from '../../kernel/expression.ts';
import type { Rule } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';

/** What a rule may ask and still take everything that leaves: the protocol and its family. */
const PROTOCOL_ONLY: ReadonlySet<string> = new Set(['l4proto', 'nfproto', 'protocol']);

/** Whether a translating rule asks neither for an interface nor for an address, a mark or anything else. */
export function takesEverything({ statements }: Rule): boolean {
  return statements.every((statement) => statement.kind !== 'vmap' && !asksMore(statement));
}

function asksMore(statement: Statement): boolean {
  if (statement.kind === 'unknown-match') return true;
  if (statement.kind !== 'match') return false;
  return !isProtocol(statement.left);
}

function isProtocol(left: Expression): boolean {
  if (left.kind === 'meta') return PROTOCOL_ONLY.has(left.key);
  return left.kind === 'payload' && (left.field === 'protocol' || left.field === 'nexthdr');
}

/** Whether all that a rule asks can be told of a packet: no set whose elements are not given, nothing unknown. */
export function isDecided({ statements }: Rule): boolean {
  return statements.every(
    (statement) =>
      statement.kind !== 'unknown-match' &&
      statement.kind !== 'vmap' &&
      (statement.kind !== 'match' || statement.right.kind !== 'set-ref'),
  );
}
