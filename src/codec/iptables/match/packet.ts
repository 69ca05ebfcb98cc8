import { type Expression, meta, payload } from '../../../kernel/expression.ts';
import type { Scope } from '../extension.ts';
import { optionwise } from '../optionwise.ts';
import { ADDRESS_RANGE, nameList, numberRange, plainNumber, type ValueForm } from '../value.ts';

const MAX_16_BIT = 0xffff;
const MAX_WORD = 0xffffffff;
const MAX_DSCP = 63;

function header(field: string): {
  readonly field: (scope: Scope) => Expression;
  readonly fields: Expression[];
} {
  return {
    field: ({ family }) => payload(family, field),
    fields: [payload('ip', field), payload('ip6', field)],
  };
}

const MAC: ValueForm = {
  read: (text) =>
    /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? { kind: 'string', value: text.toLowerCase() } : undefined,
  write: (value) => (value.kind === 'string' ? value.value : undefined),
};

/** Code points of RFC 2474, 2597, 3246 by their class names. */
// biome-ignore format: a table reads better in rows
const DSCP_CLASSES: Readonly<Record<string, number>> = {
  BE: 0, CS0: 0, CS1: 8, AF11: 10, AF12: 12, AF13: 14, CS2: 16, AF21: 18, AF22: 20, AF23: 22, CS3: 24, AF31: 26,
  AF32: 28, AF33: 30, CS4: 32, AF41: 34, AF42: 36, AF43: 38, CS5: 40, EF: 46, CS6: 48, CS7: 56,
};

const DSCP_CLASS: ValueForm = {
  read: (text) => {
    const value = DSCP_CLASSES[text.toUpperCase()];
    return value === undefined ? undefined : { kind: 'number', value };
  },
  write: () => undefined,
};

const DSCP_VALUE: ValueForm = {
  read: plainNumber(MAX_DSCP).read,
  write: (value) => (value.kind === 'number' ? `0x${value.value.toString(16).padStart(2, '0')}` : undefined),
};

/** Matches that read one field of the packet or of what the kernel knows about it. */
export const PACKET_MATCHES = [
  optionwise('mac', [{ name: '--mac-source', field: payload('ether', 'saddr'), value: MAC }]),
  optionwise('dscp', [
    { name: '--dscp', ...header('dscp'), value: DSCP_VALUE },
    { name: '--dscp-class', ...header('dscp'), value: DSCP_CLASS },
  ]),
  optionwise('iprange', [
    { name: '--src-range', ...header('saddr'), value: ADDRESS_RANGE },
    { name: '--dst-range', ...header('daddr'), value: ADDRESS_RANGE },
  ]),
  optionwise('length', [{ name: '--length', field: meta('length'), value: numberRange(':', MAX_16_BIT) }]),
  optionwise('owner', [
    { name: '--uid-owner', field: meta('skuid'), value: numberRange('-', MAX_WORD) },
    { name: '--gid-owner', field: meta('skgid'), value: numberRange('-', MAX_WORD) },
  ]),
  optionwise('pkttype', [
    {
      name: '--pkt-type',
      field: meta('pkttype'),
      value: lowerCase(nameList({ UNICAST: 'host', BROADCAST: 'broadcast', MULTICAST: 'multicast' })),
    },
  ]),
];

/** iptables prints these names in small letters. */
function lowerCase(form: ValueForm): ValueForm {
  return { read: form.read, write: (value) => form.write(value)?.toLowerCase() };
}
