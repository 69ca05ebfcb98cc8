import type { Expression } from '../../../kernel/expression.ts';
import { hasOption, type MatchExtension, match, type OptionUse } from '../extension.ts';
import { nameList } from '../value.ts';

const TYPES = nameList({
  UNSPEC: 'unspec',
  UNICAST: 'unicast',
  LOCAL: 'local',
  BROADCAST: 'broadcast',
  ANYCAST: 'anycast',
  MULTICAST: 'multicast',
  BLACKHOLE: 'blackhole',
  UNREACHABLE: 'unreachable',
  PROHIBIT: 'prohibit',
});

const FIELDS: Readonly<Record<string, string>> = { '--src-type': 'saddr', '--dst-type': 'daddr' };
const LIMITS: Readonly<Record<string, string>> = { '--limit-iface-in': 'iif', '--limit-iface-out': 'oif' };

/** What the routing tables call an address: `fib daddr type local`. */
export const ADDRESS_TYPE: MatchExtension = {
  name: 'addrtype',
  options: { '--src-type': 1, '--dst-type': 1, '--limit-iface-in': 0, '--limit-iface-out': 0 },
  read: (uses, scope) => {
    const limits = Object.keys(LIMITS)
      .filter((name) => hasOption(uses, name))
      .map((name) => LIMITS[name] ?? name);
    const statements = uses.flatMap((one) => {
      const field = FIELDS[one.name];
      const right = field === undefined ? undefined : TYPES.read(one.args[0] ?? '', scope);
      if (field === undefined || right === undefined) return [];
      const left: Expression = { kind: 'fib', result: 'type', flags: [field, ...limits] };
      return [match(left, right, one.negated)];
    });
    return statements.length === uses.length - limits.length ? statements : undefined;
  },
  write: (statements, at) => {
    const statement = statements[at];
    if (statement?.kind !== 'match' || statement.left.kind !== 'fib' || statement.left.result !== 'type')
      return undefined;
    if (statement.operator !== '==' && statement.operator !== '!=') return undefined;
    const words = statement.left.flags.map((flag) => wordOf(flag));
    const text = TYPES.write(statement.right);
    const [first, ...limits] = words;
    if (text === undefined || words.includes(undefined) || first === undefined || LIMITS[first] !== undefined)
      return undefined;
    const options: OptionUse[] = limits.flatMap((name) =>
      name === undefined ? [] : [{ name, negated: false, args: [] }],
    );
    return {
      uses: [{ name: first, negated: statement.operator === '!=', args: [text] }, ...options],
      count: 1,
    };
  },
};

function wordOf(flag: string): string | undefined {
  return Object.entries({ ...FIELDS, ...LIMITS }).find(([, word]) => word === flag)?.[0];
}
