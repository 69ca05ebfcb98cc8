import { type Expression, payload } from '../../../kernel/expression.ts';
import type { Scope } from '../extension.ts';
import { type OptionForm, optionwise } from '../optionwise.ts';
import { PORT, PORT_LIST } from '../value.ts';
import { TCP_FLAGS } from './tcp-flags.ts';

const SOURCE = ['--sport', '--source-port'] as const;
const DESTINATION = ['--dport', '--destination-port'] as const;

function portForms(protocol: string): readonly OptionForm[] {
  return [
    { name: SOURCE[0], aliases: [SOURCE[1]], field: payload(protocol, 'sport'), value: PORT },
    { name: DESTINATION[0], aliases: [DESTINATION[1]], field: payload(protocol, 'dport'), value: PORT },
  ];
}

const PORTS = ['udp', 'udplite', 'sctp', 'dccp'].map((protocol) => optionwise(protocol, portForms(protocol)));

const TCP_PORTS = optionwise('tcp', portForms('tcp'));

/** tcp has its flags beside the ports. */
const TCP = {
  ...TCP_PORTS,
  options: { ...TCP_PORTS.options, ...TCP_FLAGS.options },
  read: (uses: Parameters<typeof TCP_PORTS.read>[0], scope: Scope) => {
    if (uses.every((one) => TCP_PORTS.options[one.name] !== undefined)) return TCP_PORTS.read(uses, scope);
    const parts = uses.map((one) =>
      (TCP_PORTS.options[one.name] === undefined ? TCP_FLAGS : TCP_PORTS).read([one], scope),
    );
    return parts.includes(undefined) ? undefined : parts.flatMap((part) => part ?? []);
  },
  write: (statements: Parameters<typeof TCP_FLAGS.write>[0], at: number) =>
    TCP_PORTS.write?.(statements, at) ?? TCP_FLAGS.write(statements, at),
};

/** Protocols whose header multiport reads; anything else is the bare transport header. */
const MULTIPORT_PROTOCOLS = ['tcp', 'udp', 'udplite', 'sctp', 'dccp'];

function portOf(ofProtocol: (protocol: string) => Expression): {
  readonly field: (scope: Scope) => Expression;
  readonly fields: Expression[];
} {
  const other = ofProtocol('th');
  const fields = new Map(MULTIPORT_PROTOCOLS.map((protocol) => [protocol, ofProtocol(protocol)] as const));
  return {
    field: ({ protocol }) => (protocol === undefined ? undefined : fields.get(protocol)) ?? other,
    fields: [...fields.values(), other],
  };
}

function eitherPort(protocol: string): Expression {
  return { kind: 'either', parts: [payload(protocol, 'sport'), payload(protocol, 'dport')] };
}

const MULTIPORT = optionwise(
  'multiport',
  [
    {
      name: '--sports',
      aliases: ['--source-ports'],
      ...portOf((protocol) => payload(protocol, 'sport')),
      value: PORT_LIST,
    },
    {
      name: '--dports',
      aliases: ['--destination-ports'],
      ...portOf((protocol) => payload(protocol, 'dport')),
      value: PORT_LIST,
    },
    { name: '--ports', ...portOf(eitherPort), value: PORT_LIST },
  ],
  { alone: true },
);

/** Ports of the transport protocols, and TCP's flags. */
export const PORT_MATCHES = [TCP, ...PORTS, MULTIPORT];
