import { canonicalStatement } from '../../kernel/canonical-statement.ts';
import type { Expression } from '../../kernel/expression.ts';
import type { Rule } from '../../kernel/netfilter.ts';
import { setsNamed } from '../../kernel/sets-named.ts';
import { stableText } from '../../kernel/stable-text.ts';
import type { Statement } from '../../kernel/statement.ts';

/** `clients_v4` and `clients_v6` are one thing in two families. */
export function familyless(name: string): string {
  return name.replace(/[-_]?(?:ip)?v?[46](?![0-9])/gi, '');
}

/** What a rule says in either family: equal for rules that do the same to IPv4 and to IPv6. */
export function familyWords({ statements }: Rule): string {
  return statements
    .flatMap((statement) => wordsOf(statement) ?? [])
    .sort()
    .join('; ');
}

function wordsOf(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'counter':
      return undefined;
    case 'verdict':
      return 'chain' in statement.verdict
        ? `${statement.verdict.kind} ${familyless(statement.verdict.chain)}`
        : statement.verdict.kind;
    case 'reject':
      return 'reject';
    case 'match': {
      const { left, operator } = statement;
      if (isAddress(left)) return `${left.field} ${operator}`;
      if (isIcmp(statement)) return 'icmp';
      return stableText(canonicalStatement(statement));
    }
    default:
      return stableText(canonicalStatement(statement));
  }
}

/**
 * Whether a rule is of one family by its nature: it asks for an address, a set of addresses, ICMP, the ports of DHCP, or
 * something that is not known. Its absence in the other family says nothing.
 */
export function isFamilyBound({ statements }: Rule): boolean {
  return statements.some((statement) => {
    if (statement.kind === 'unknown-match' || setsNamed(statement).length > 0) return true;
    if (statement.kind !== 'match') return false;
    return (
      isAddress(statement.left) || isIcmp(statement) || statement.left.kind === 'fib' || isDhcp(statement)
    );
  });
}

/** What two families should say alike: what it does to marks, and where packets leave the chain. */
export function isPolicy({ statements }: Rule): boolean {
  return statements.some(
    (statement) =>
      (statement.kind === 'set' && (isMark(statement.target) || isMark(statement.value))) ||
      (statement.kind === 'verdict' && !('chain' in statement.verdict)),
  );
}

function isMark(expression: Expression): boolean {
  return (expression.kind === 'meta' || expression.kind === 'ct') && expression.key === 'mark';
}

function isAddress(left: Expression): left is Extract<Expression, { kind: 'payload' }> {
  const field = left.kind === 'binary' ? left.left : left;
  return field.kind === 'payload' && (field.field === 'saddr' || field.field === 'daddr');
}

const ICMP: ReadonlySet<string> = new Set(['icmp', 'ipv6-icmp', 'icmpv6']);

function isIcmp({ left, right }: Extract<Statement, { kind: 'match' }>): boolean {
  if (left.kind === 'payload') return ICMP.has(left.protocol);
  return left.kind === 'meta' && left.key === 'l4proto' && right.kind === 'string' && ICMP.has(right.value);
}

/** DHCP's ports differ by family. */
const DHCP: ReadonlySet<number> = new Set([67, 68, 546, 547]);

function isDhcp({ right }: Extract<Statement, { kind: 'match' }>): boolean {
  const edges = right.kind === 'range' ? [right.from, right.to] : [right];
  return edges.some((edge) => edge.kind === 'number' && DHCP.has(edge.value));
}
