import { datatypesOf } from '../kernel/datatype.ts';
import type { Expression } from '../kernel/expression.ts';
import type { Nat, Statement } from '../kernel/statement.ts';
import { formatDuration } from '../net/duration.ts';
import { writeExpression, writeMapLookup, writeVerdict } from './nft-expression.ts';

/** One statement of a rule as nft text, to be shown; what nft cannot say stands in the words it was met in. */
export function sayStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'match':
      return writeMatch(statement);
    case 'set':
      return `${writeExpression(statement.target)} set ${writeExpression(statement.value, datatypesOf(statement.target))}`;
    case 'verdict':
      return writeVerdict(statement.verdict);
    case 'vmap':
      return writeMapLookup('vmap', statement.key, statement.map);
    case 'nat':
      return writeNat(statement);
    case 'reject':
      return statement.with === undefined ? 'reject' : `reject with ${statement.with}`;
    case 'notrack':
      return 'notrack';
    case 'counter':
      return writeCounter(statement.packets, statement.bytes);
    case 'set-update':
      return writeSetUpdate(statement);
    case 'tproxy':
    case 'inert':
    case 'unknown-match':
    case 'unknown-target':
      return statement.text;
  }
}

/** Flags where a bare right side would mean "any of these" instead of "equal" (nft's implicit operator). */
const FLAG_TYPES: ReadonlySet<string> = new Set(['tcp_flag', 'ct_status', 'ct_label']);

function writeMatch({ operator, left, right }: Extract<Statement, { kind: 'match' }>): string {
  const types = datatypesOf(left);
  const named = left.kind === 'binary' || FLAG_TYPES.has(types[0] ?? '') || right.kind === 'binary';
  const isSet = right.kind === 'set' || right.kind === 'set-ref';
  const words = [writeExpression(left)];
  if (operator !== '==' || (named && !isSet)) words.push(operator);
  words.push(writeExpression(right, types));
  return words.join(' ');
}

/** Numbers are written only when there are some: a rule that counts from zero reads `counter`. */
function writeCounter(packets: number, bytes: number): string {
  return packets === 0 && bytes === 0 ? 'counter' : `counter packets ${packets} bytes ${bytes}`;
}

function writeSetUpdate(update: Extract<Statement, { kind: 'set-update' }>): string {
  const words = [writeExpression(update.element)];
  if (update.timeoutMs !== undefined) words.push('timeout', formatDuration(update.timeoutMs));
  if (update.value !== undefined) words.push(':', writeExpression(update.value));
  return `${update.operation} @${update.set} { ${words.join(' ')} }`;
}

function writeNat(nat: Nat): string {
  const words: string[] = [nat.type];
  if (nat.family !== undefined) words.push(nat.family);
  if (nat.prefix === true) words.push('prefix');
  const target = writeTarget(nat);
  if (target !== '') words.push('to', target);
  if (nat.flags.length > 0) words.push(nat.flags.join(','));
  return words.join(' ');
}

function writeTarget({ address, port }: Nat): string {
  const suffix = port === undefined ? '' : `:${writeExpression(port)}`;
  if (address === undefined) return suffix;
  return `${writeAddress(address, port !== undefined)}${suffix}`;
}

/** An IPv6 address before a port stands in brackets. */
function writeAddress(address: Expression, beforePort: boolean): string {
  if (address.kind === 'range')
    return `${writeAddress(address.from, beforePort)}-${writeAddress(address.to, beforePort)}`;
  const text = writeExpression(address);
  return beforePort && address.kind === 'string' && text.includes(':') ? `[${text}]` : text;
}
