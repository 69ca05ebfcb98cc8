import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  deleteTable,
  flushSet,
  writeElements,
  writeTable,
  writeTableReplacement,
} from '../../src/codec/nft.ts';
import { readNftJson } from '../../src/codec/nft-json.ts';
import { canonicalTable, sameTable } from '../../src/kernel/canonical.ts';
import { number, string } from '../../src/kernel/expression.ts';
import type { Table } from '../../src/kernel/netfilter.ts';
import { tables } from '../arbitrary/table.ts';

/** Loads the texts one after the other in a namespace of its own, gone when the command ends, and lists what is there. */
function load(...texts: readonly string[]): readonly Table[] {
  const steps = texts.map((_, at) => `printf %s "$T${at}" | nft -f - &&`).join(' ');
  const json = execFileSync('unshare', ['--net', 'sh', '-c', `${steps} nft -j list ruleset`], {
    env: { ...process.env, ...Object.fromEntries(texts.map((text, at) => [`T${at}`, text])) },
    encoding: 'utf8',
    timeout: 30_000,
  });
  const listing = readNftJson(json);
  expect(listing.problems).toEqual([]);
  return listing.tables;
}

test('what the kernel lists after loading any planned table reads as that table', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const [found] = load(writeTableReplacement(table, false));
      if (found === undefined) throw new Error('no table listed');
      if (!sameTable(table, found)) expect(canonicalTable(found)).toEqual(canonicalTable(table));
      expect(sameTable(table, found)).toBe(true);
    }),
    { numRuns: 120 },
  );
});

test('a table that was listed can be written and loaded again, as a rollback does', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const [found] = load(writeTable(table));
      if (found === undefined) throw new Error('no table listed');
      const [again] = load(writeTable(found));
      expect(again !== undefined && sameTable(table, again)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('replacing is the same whether the table is there or not, and leaves no trace of the old one', () => {
  fc.assert(
    fc.property(tables, tables, (before, after) => {
      const found = load(writeTableReplacement(before, true), writeTableReplacement(after, true));
      expect(found.map((table) => sameTable(table, after))).toEqual([true]);
    }),
    { numRuns: 20 },
  );
});

test('a table is only created where none was', () => {
  const [table] = fc.sample(tables, 1);
  if (table === undefined) throw new Error('no sample');
  expect(() => load(writeTable(table), writeTableReplacement(table, false))).toThrow();
});

test('deleting a table leaves none, and may be repeated', () => {
  const [table] = fc.sample(tables, 1);
  if (table === undefined) throw new Error('no sample');
  expect(load(writeTable(table), deleteTable(table), deleteTable(table))).toEqual([]);
});

test('elements are added, deleted and flushed without touching the rules', () => {
  const table: Table = {
    frontend: 'nft',
    family: 'inet',
    name: 'polywan',
    chains: [{ name: 'wan_a', rules: [] }],
    sets: [
      {
        name: 'slots4',
        kind: 'map',
        key: ['integer'],
        value: ['verdict'],
        typeof: 'numgen inc mod 4',
        flags: [],
        elements: [{ key: number(0), value: { kind: 'verdict', verdict: { kind: 'goto', chain: 'wan_a' } } }],
      },
      {
        name: 'lan_devices',
        kind: 'set',
        key: ['ifname'],
        flags: ['interval'],
        elements: [{ key: string('br*') }],
      },
    ],
  };
  const more = [{ key: number(1), value: { kind: 'verdict' as const, verdict: { kind: 'drop' as const } } }];
  const first = table.sets[0]?.elements ?? [];
  const [found] = load(
    writeTable(table),
    writeElements('add', table, 'slots4', more) + writeElements('delete', table, 'slots4', first),
    flushSet(table, 'lan_devices') + writeElements('add', table, 'lan_devices', [{ key: string('wan0') }]),
  );
  expect(found?.sets.map((set) => [set.name, set.elements])).toEqual([
    ['slots4', more],
    ['lan_devices', [{ key: string('wan0') }]],
  ]);
});

test('clients that stick to a WAN keep their time when the table is replaced', () => {
  const [table] = fc.sample(tables, 1);
  if (table === undefined) throw new Error('no sample');
  const sets = table.sets.map((set) =>
    set.name === 'sticky4' ? { ...set, elements: [{ key: string('192.0.2.9'), expiresMs: 303_000 }] } : set,
  );
  const [found] = load(writeTable({ ...table, sets }));
  const [element] = found?.sets.find((set) => set.name === 'sticky4')?.elements ?? [];
  expect(element?.key).toEqual(string('192.0.2.9'));
  expect(element?.expiresMs).toBeGreaterThan(200_000);
  expect(element?.expiresMs).toBeLessThanOrEqual(303_000);
});
