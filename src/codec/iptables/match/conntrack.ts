import type { Expression } from '../../../kernel/expression.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { readAddressMatch, writeAddressMatch } from '../address.ts';
import type { MatchExtension, OptionUse, Scope, WrittenMatch } from '../extension.ts';
import { type OptionForm, optionwise } from '../optionwise.ts';
import { protocolNumber, readProtocol } from '../protocol.ts';
import { isSame } from '../same.ts';
import { nameList, PORT, type ValueForm, WORD } from '../value.ts';

const STATES: ValueForm = nameList({
  INVALID: 'invalid',
  NEW: 'new',
  RELATED: 'related',
  ESTABLISHED: 'established',
  UNTRACKED: 'untracked',
});

/** States that are really bits of the status: the connection's source or destination is translated. */
const NAT_STATES: ValueForm = nameList({ SNAT: 'snat', DNAT: 'dnat' });

/** NONE is missing: it compares with no bit and never matches, so it stays unknown. */
const STATUSES: ValueForm = nameList({
  EXPECTED: 'expected',
  SEEN_REPLY: 'seen-reply',
  ASSURED: 'assured',
  CONFIRMED: 'confirmed',
});

const DIRECTIONS: ValueForm = nameList({ ORIGINAL: 'original', REPLY: 'reply' });

/** Printed as a number. */
const PROTOCOL: ValueForm = {
  read: readProtocol,
  write: (value) => protocolNumber(value)?.toString(),
};

function ct(key: string, direction?: 'original' | 'reply'): Expression {
  return direction === undefined ? { kind: 'ct', key } : { kind: 'ct', key, direction };
}

const STATE_FORM: OptionForm = { name: '--ctstate', field: ct('state'), value: STATES };

const FORMS: readonly OptionForm[] = [
  STATE_FORM,
  { name: '--ctstate', field: ct('status'), value: NAT_STATES },
  { name: '--ctstatus', field: ct('status'), value: STATUSES },
  { name: '--ctdir', field: ct('direction'), value: DIRECTIONS },
  { name: '--ctproto', field: ct('protocol', 'original'), value: PROTOCOL },
  { name: '--ctorigsrcport', field: ct('proto-src', 'original'), value: PORT },
  { name: '--ctorigdstport', field: ct('proto-dst', 'original'), value: PORT },
  { name: '--ctreplsrcport', field: ct('proto-src', 'reply'), value: PORT },
  { name: '--ctrepldstport', field: ct('proto-dst', 'reply'), value: PORT },
];

const ADDRESSES: Readonly<Record<string, readonly [key: string, direction: 'original' | 'reply']>> = {
  '--ctorigsrc': ['saddr', 'original'],
  '--ctorigdst': ['daddr', 'original'],
  '--ctreplsrc': ['saddr', 'reply'],
  '--ctrepldst': ['daddr', 'reply'],
};

const INVALID_OR_UNTRACKED = /\b(?:INVALID|UNTRACKED)\b/;

const plain = optionwise('conntrack', FORMS);
const states = optionwise('conntrack', [STATE_FORM]);
const natStates = optionwise('conntrack', [{ name: '--ctstate', field: ct('status'), value: NAT_STATES }]);

function readOne(one: OptionUse, scope: Scope): readonly Statement[] | undefined {
  const address = ADDRESSES[one.name];
  if (address !== undefined) {
    const field = ct(`${scope.family} ${address[0]}`, address[1]);
    return readAddressMatch(field, one.args[0] ?? '', one.negated, scope);
  }
  if (one.name === '--ctstate') return states.read([one], scope) ?? natStates.read([one], scope);
  return plain.read([one], scope);
}

/**
 * A state that a packet without a connection can have. Then nothing else in the same `-m conntrack` is looked at, and
 * the whole is true (conntrack_mt); in one of its own the same option would be false.
 */
function isLoose({ name, negated, args }: OptionUse): boolean {
  return name === '--ctstate' && (negated || INVALID_OR_UNTRACKED.test(args[0] ?? ''));
}

function isNatState(statement: Statement): boolean {
  return statement.kind === 'match' && isSame(statement.left, ct('status'));
}

function readAll(uses: readonly OptionUse[], scope: Scope): readonly Statement[] | undefined {
  const hasLoose = uses.some(isLoose);
  const statements: Statement[] = [];
  for (const one of uses) {
    const part = readOne(one, scope);
    if (part === undefined) return undefined;
    for (const statement of part) {
      const isState = one.name === '--ctstate' && !isNatState(statement);
      const orNo = hasLoose && !isState && (one.name !== '--ctstate' || one.negated);
      statements.push(
        orNo && statement.kind === 'match' ? { ...statement, orNoConnection: true } : statement,
      );
    }
  }
  return statements;
}

type Role = 'plain' | 'loose' | 'beside';

function roleOf(statement: Statement, said: OptionUse): Role {
  if (isLoose(said)) return 'loose';
  return statement.kind === 'match' && statement.orNoConnection === true ? 'beside' : 'plain';
}

/** One `-m conntrack` says plain matches, or a loose state with what stands beside it, never both. */
function writeAll(statements: readonly Statement[], at: number): WrittenMatch | undefined {
  const uses: OptionUse[] = [];
  const roles: Role[] = [];
  for (const statement of statements.slice(at)) {
    const said = writeAddressOption(statement) ?? plain.write?.([statement], 0)?.uses[0];
    if (said === undefined || uses.some(({ name }) => name === said.name)) break;
    const role = roleOf(statement, said);
    if (roles.length > 0 && (role === 'plain') !== (roles[0] === 'plain')) break;
    uses.push(said);
    roles.push(role);
  }
  if (roles.includes('beside') && !roles.includes('loose')) return undefined;
  return uses.length === 0 ? undefined : { uses, count: uses.length };
}

function writeAddressOption(statement: Statement | undefined): OptionUse | undefined {
  if (statement?.kind !== 'match' || (statement.operator !== '==' && statement.operator !== '!='))
    return undefined;
  const field = statement.left.kind === 'binary' ? statement.left.left : statement.left;
  for (const [name, [key, direction]] of Object.entries(ADDRESSES)) {
    if (!['ip', 'ip6'].some((family) => isSame(field, ct(`${family} ${key}`, direction)))) continue;
    const text = writeAddressMatch(statement.left, statement.right);
    if (text !== undefined) return { name, negated: statement.operator === '!=', args: [text] };
  }
  return undefined;
}

/** The connection's state, direction and addresses. */
export const CONNTRACK: MatchExtension = {
  name: 'conntrack',
  options: { ...plain.options, ...Object.fromEntries(Object.keys(ADDRESSES).map((name) => [name, 1])) },
  read: readAll,
  write: writeAll,
};

/** The old name for `-m conntrack --ctstate`. Only read: iptables-save keeps the name, both mean the same. */
export const STATE: MatchExtension = {
  name: 'state',
  options: { '--state': 1 },
  read: (uses, scope) =>
    states.read(
      uses.map((one) => ({ ...one, name: '--ctstate' })),
      scope,
    ),
};

export const CT_HELPER = optionwise('helper', [{ name: '--helper', field: ct('helper'), value: WORD }]);
