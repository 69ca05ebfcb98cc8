import { describe, expect, test } from 'vitest';
import { readNftJson } from '../../../src/codec/nft-json.ts';
import { sameTable } from '../../../src/kernel/canonical.ts';
import type { Table } from '../../../src/kernel/netfilter.ts';

/** A table of one rule, from the JSON of its statements as nft lists them. */
function tableOf(expr: readonly unknown[], comment?: string): Table {
  const family = 'inet';
  const rule = { family, table: 't', chain: 'c', expr, ...(comment === undefined ? {} : { comment }) };
  const items = [{ table: { family, name: 't' } }, { chain: { family, table: 't', name: 'c' } }, { rule }];
  const [table] = readNftJson(JSON.stringify({ nftables: items })).tables;
  if (table === undefined) throw new Error('not read');
  return table;
}

const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const meta = (key: string) => ({ meta: { key } });
const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });
const ACCEPT = { accept: null };
const port = match(field('tcp', 'dport'), 80);
const mark = (value: unknown) => ({ mangle: { key: { ct: { key: 'mark' } }, value } });

describe('the same', () => {
  test.each([
    ['a transport that the next match implies', [match(meta('l4proto'), 'tcp'), port], [port]],
    [
      'th and the name of the transport',
      [match(meta('l4proto'), 'tcp'), match(field('th', 'dport'), 80)],
      [port],
    ],
    [
      'a family that an address implies',
      [match(meta('nfproto'), 'ipv4'), match(meta('iifname'), 'x'), match(field('ip', 'saddr'), '192.0.2.1')],
      [match(meta('iifname'), 'x'), match(field('ip', 'saddr'), '192.0.2.1')],
    ],
    ['a set of one and the one', [match(meta('iifname'), { set: ['a'] })], [match(meta('iifname'), 'a')]],
    ['a name and its number', [match(field('ip', 'dscp'), 'ef')], [match(field('ip', 'dscp'), 46)]],
    [
      'adjacent ports and their range',
      [match(field('tcp', 'dport'), { set: [80, 81, { range: [82, 90] }] })],
      [match(field('tcp', 'dport'), { set: [{ range: [80, 90] }] })],
    ],
    [
      'a prefix of marks and the mask',
      [match(meta('mark'), { prefix: { addr: 65536, len: 16 } })],
      [match({ '&': [meta('mark'), 0xffff0000] }, 65536)],
    ],
    ['counters', [{ counter: { packets: 5, bytes: 9 } }, ACCEPT], [ACCEPT]],
    [
      'any of one flag and that flag',
      [match(field('tcp', 'flags'), 'syn', 'in')],
      [match({ '&': [field('tcp', 'flags'), 2] }, 2)],
    ],
  ])('%s', (_title, wanted, found) => {
    expect(sameTable(tableOf(wanted), tableOf(found))).toBe(true);
  });
});

describe('not the same', () => {
  test.each([
    [
      'a transport asked after the mark was set',
      [mark(1), port],
      [match(meta('l4proto'), 'tcp'), mark(1), port],
    ],
    ['tcp and udp', [port], [match(field('udp', 'dport'), 80)]],
    [
      'any of the flags and exactly the flag',
      [match(field('tcp', 'flags'), 'syn', 'in')],
      [match(field('tcp', 'flags'), 'syn')],
    ],
    ['two orders of writing', [mark(1), mark(2)], [mark(2), mark(1)]],
    [
      'a range and one port less',
      [match(field('tcp', 'dport'), { range: [80, 90] })],
      [match(field('tcp', 'dport'), { range: [80, 89] })],
    ],
    ['negated and not', [match(meta('mark'), 1)], [match(meta('mark'), 1, '!=')]],
  ])('%s', (_title, wanted, found) => {
    expect(sameTable(tableOf(wanted), tableOf(found))).toBe(false);
  });

  test('another comment', () => {
    expect(sameTable(tableOf([ACCEPT], 'a'), tableOf([ACCEPT], 'b'))).toBe(false);
  });
});
