import { type Expression, number, payload, string } from '../../../kernel/expression.ts';
import type { Statement } from '../../../kernel/statement.ts';
import { type MatchExtension, match } from '../extension.ts';
import { isSame } from '../same.ts';

interface IcmpNames {
  /** nft's names by type number. */
  readonly types: Readonly<Record<number, string>>;
  /** iptables' names that nft does not have, as `type` or `type/code`. */
  readonly words: Readonly<Record<string, string>>;
}

// biome-ignore format: a table reads better in rows
const V4: IcmpNames = {
  types: {
    0: 'echo-reply', 3: 'destination-unreachable', 4: 'source-quench', 5: 'redirect', 8: 'echo-request',
    9: 'router-advertisement', 10: 'router-solicitation', 11: 'time-exceeded', 12: 'parameter-problem',
    13: 'timestamp-request', 14: 'timestamp-reply', 15: 'info-request', 16: 'info-reply',
    17: 'address-mask-request', 18: 'address-mask-reply',
  },
  words: {
    pong: '0', ping: '8', 'ttl-exceeded': '11', 'network-unreachable': '3/0', 'host-unreachable': '3/1',
    'protocol-unreachable': '3/2', 'port-unreachable': '3/3', 'fragmentation-needed': '3/4',
    'source-route-failed': '3/5', 'network-unknown': '3/6', 'host-unknown': '3/7', 'network-prohibited': '3/9',
    'host-prohibited': '3/10', 'TOS-network-unreachable': '3/11', 'TOS-host-unreachable': '3/12',
    'communication-prohibited': '3/13', 'host-precedence-violation': '3/14', 'precedence-cutoff': '3/15',
    'network-redirect': '5/0', 'host-redirect': '5/1', 'TOS-network-redirect': '5/2', 'TOS-host-redirect': '5/3',
    'ttl-zero-during-transit': '11/0', 'ttl-zero-during-reassembly': '11/1', 'ip-header-bad': '12/0',
    'required-option-missing': '12/1',
  },
};

// biome-ignore format: a table reads better in rows
const V6: IcmpNames = {
  types: {
    1: 'destination-unreachable', 2: 'packet-too-big', 3: 'time-exceeded', 4: 'parameter-problem',
    128: 'echo-request', 129: 'echo-reply', 130: 'mld-listener-query', 131: 'mld-listener-report',
    132: 'mld-listener-done', 133: 'nd-router-solicit', 134: 'nd-router-advert', 135: 'nd-neighbor-solicit',
    136: 'nd-neighbor-advert', 137: 'nd-redirect', 138: 'router-renumbering', 141: 'ind-neighbor-solicit',
    142: 'ind-neighbor-advert', 143: 'mld2-listener-report',
  },
  words: {
    ping: '128', pong: '129', 'ttl-exceeded': '3', 'no-route': '1/0', 'communication-prohibited': '1/1',
    'beyond-scope': '1/2', 'address-unreachable': '1/3', 'port-unreachable': '1/4', 'failed-policy': '1/5',
    'reject-route': '1/6', 'ttl-zero-during-transit': '3/0', 'ttl-zero-during-reassembly': '3/1',
    'bad-header': '4/0', 'unknown-header-type': '4/1', 'unknown-option': '4/2', 'router-solicitation': '133',
    'router-advertisement': '134', 'neighbour-solicitation': '135', 'neighbor-solicitation': '135',
    'neighbour-advertisement': '136', 'neighbor-advertisement': '136', redirect: '137',
  },
};

const MAX_BYTE = 255;

/** `-m icmp --icmp-type 3/1`: the type, and the code where one is given. */
function icmpMatch(name: string, option: string, protocol: string, names: IcmpNames): MatchExtension {
  const type = payload(protocol, 'type');
  const code = payload(protocol, 'code');
  const numbers = new Map(Object.entries(names.types).map(([value, word]) => [word, value]));
  return {
    name,
    options: { [option]: 1 },
    read: (uses) => {
      const one = uses[0];
      const word = one?.args[0] ?? '';
      if (one === undefined || uses.length > 1) return undefined;
      if ((word === 'any' || word === String(MAX_BYTE)) && protocol === 'icmp')
        return one.negated ? undefined : [];
      const parts = (names.words[word] ?? numbers.get(word) ?? word).split('/').map(readByte);
      const [first, second] = parts;
      if (first === undefined || parts.includes(undefined) || (second !== undefined && one.negated))
        return undefined;
      const statement = match(type, typeName(first, names), one.negated);
      return second === undefined ? [statement] : [statement, match(code, number(second))];
    },
    write: (statements, at) => {
      const written = equalTo(statements[at], type);
      if (written === undefined) return undefined;
      const { value, negated } = written;
      const first =
        value.kind === 'number'
          ? String(value.value)
          : value.kind === 'string'
            ? numbers.get(value.value)
            : undefined;
      if (first === undefined) return undefined;
      const second = negated ? undefined : equalTo(statements[at + 1], code);
      if (second === undefined || second.negated || second.value.kind !== 'number')
        return { uses: [{ name: option, negated, args: [first] }], count: 1 };
      return { uses: [{ name: option, negated, args: [`${first}/${second.value.value}`] }], count: 2 };
    },
  };
}

function readByte(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= MAX_BYTE ? Number(text) : undefined;
}

function typeName(type: number, names: IcmpNames): Expression {
  const name = names.types[type];
  return name === undefined ? number(type) : string(name);
}

function equalTo(statement: Statement | undefined, field: Expression) {
  if (statement?.kind !== 'match' || !isSame(statement.left, field)) return undefined;
  if (statement.operator !== '==' && statement.operator !== '!=') return undefined;
  return { value: statement.right, negated: statement.operator === '!=' };
}

export const ICMP_MATCHES = [
  icmpMatch('icmp', '--icmp-type', 'icmp', V4),
  icmpMatch('icmp6', '--icmpv6-type', 'icmpv6', V6),
];
