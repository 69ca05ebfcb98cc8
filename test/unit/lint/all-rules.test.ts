import { expect, it } from 'vitest';
import type { Table } from '../../../src/kernel/netfilter.ts';
import type { Statement } from '../../../src/kernel/statement.ts';
import { familiesOfRule } from '../../../src/lint/all-rules.ts';

const table: Table = { frontend: 'nft', family: 'inet', name: 'mw', chains: [], sets: [] };
const address = { kind: 'string', value: 'x' } as const;
const asks = (protocol: string): Statement => ({
  kind: 'match',
  operator: '!=',
  left: { kind: 'payload', protocol, field: 'saddr' },
  right: address,
});
const nfproto = (operator: '==' | '!='): Statement => ({
  kind: 'match',
  operator,
  left: { kind: 'meta', key: 'nfproto' },
  right: { kind: 'string', value: 'ipv6' },
});

it.each([
  ['nothing', [], ['ipv4', 'ipv6']],
  ['an IPv4 address', [asks('ip')], ['ipv4']],
  ['an IPv6 address', [asks('ip6')], ['ipv6']],
  ['a port', [asks('tcp')], ['ipv4', 'ipv6']],
  ['meta nfproto ipv6', [nfproto('==')], ['ipv6']],
  ['meta nfproto != ipv6', [nfproto('!=')], ['ipv4']],
] as const)(
  'a rule of an inet table that asks for %s is for these families',
  (_name, statements, families) => {
    expect(familiesOfRule({ table, rule: { statements: [...statements] } })).toEqual(families);
  },
);
