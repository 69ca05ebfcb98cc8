import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTable } from '../../../src/codec/nft.ts';
import { readNftJson } from '../../../src/codec/nft-json.ts';
import { sameTable } from '../../../src/kernel/canonical.ts';

/** `nft -j list ruleset` of one rule for nearly every expression and statement nft 1.0.6 has. */
const FOREIGN = readFileSync(join(import.meta.dirname, 'foreign-ruleset.nft-json'), 'utf8');

test('a ruleset of everything nft has is read without a problem, and the rest is kept by name', () => {
  const { tables, problems } = readNftJson(FOREIGN);
  expect(problems).toEqual([]);
  const kept = tables.flatMap((table) =>
    table.chains.flatMap((chain) =>
      chain.rules.flatMap((rule) =>
        rule.statements.flatMap((one) =>
          one.kind === 'inert' || one.kind === 'unknown-match' || one.kind === 'unknown-target'
            ? [`${one.kind} ${one.name}`]
            : [],
        ),
      ),
    ),
  );
  expect([...new Set(kept)].sort()).toEqual([
    'inert counter',
    'inert ct helper',
    'inert ct timeout',
    'inert dup',
    'inert log',
    'unknown-match ct count',
    'unknown-match limit',
    'unknown-match match',
    'unknown-match meter',
    'unknown-match quota',
    'unknown-target fwd',
  ]);
  expect(tables[0]?.others?.length).toBe(5);
});

test.each([
  [
    'update @s { ip saddr . tcp dport timeout 90s : 0x2 }',
    'update @s { ip saddr . tcp dport timeout 90s : 2 }',
  ],
  ['add @t { ip saddr : 192.0.2.1 }'],
  ['add @t { iifname : ip daddr }'],
  [
    'update @u { ct original proto-src : ct mark & 0xff }',
    'update @u { ct original proto-src : ct mark & 0x000000ff }',
  ],
  ['update @u { ip saddr : numgen inc mod 2 offset 1 }'],
  ['delete @u { ip saddr : meta mark }'],
])('an update of a map that stands as text is read, and written again: %s', (text, written = text) => {
  const place = { family: 'ip', table: 't' };
  const rule = { rule: { ...place, chain: 'c', handle: 2, expr: [text] } };
  const objects = [{ table: { family: 'ip', name: 't' } }, { chain: { ...place, name: 'c' } }, rule];
  const [table] = readNftJson(JSON.stringify({ nftables: objects })).tables;
  expect(table?.chains[0]?.rules[0]?.statements).toMatchObject([{ kind: 'set-update' }]);
  expect(table === undefined ? '' : writeTable(table)).toContain(`\t\t${written}\n`);
});

test('every object knows its place in the text', () => {
  const { tables } = readNftJson(FOREIGN, 'ruleset.json');
  const rule = tables[0]?.chains[1]?.rules[0];
  expect(FOREIGN.slice(rule?.span?.start, rule?.span?.end)).toMatch(
    /^\{"rule": .*"chain": "in", "handle": 25,.*\}$/,
  );
});

test('what is no nft JSON is a problem and not an exception', () => {
  for (const text of ['', '{', '[]', '{"nftables": 3}', '{"nftables": [3, {"rule": {"table": "x"}}]}'])
    expect(readNftJson(text).problems.length).toBeGreaterThan(0);
});

test('a file of commands that add reads as their listing', () => {
  const table = { family: 'ip', name: 't' };
  const chain = { family: 'ip', table: 't', name: 'c' };
  const listed = readNftJson(JSON.stringify({ nftables: [{ table }, { chain }] })).tables;
  const commands = [{ flush: { ruleset: null } }, { add: { table } }, { add: { chain } }];
  const added = readNftJson(JSON.stringify({ nftables: commands }));
  expect(added.problems).toEqual([]);
  const [a] = listed;
  const [b] = added.tables;
  expect(a !== undefined && b !== undefined && sameTable(a, b)).toBe(true);
});

test('a dormant table is told by its flags, though nft 1.0.6 spells them wrongly or ends there', () => {
  const head = '{"nftables": [{"table": {"family": "inet", "name": "d", "handle": 1, "flags": ';
  const dormant = (text: string) => readNftJson(text).tables.map((table) => table.dormant);
  for (const flags of ['"dormant"', '["dormant", "owner"]', '"Lester Gooch #5"', '"d"'])
    expect(dormant(`${head}${flags}}}]}`)).toEqual([true]);
  for (const flags of ['"owner"', '["owner", "persist"]'])
    expect(dormant(`${head}${flags}}}]}`)).toEqual([undefined]);
  expect(readNftJson(head)).toMatchObject({ tables: [{ name: 'd', dormant: true }], cut: true });
});

test('a dormant table is written as one, and differs from one that is not', () => {
  const table = readNftJson(
    '{"nftables": [{"table": {"family": "inet", "name": "d", "handle": 1, "flags": "dormant"}}]}',
  ).tables[0];
  if (table === undefined) throw new Error('no table');
  expect(writeTable(table)).toBe('table inet d {\n\tflags dormant\n\n}\n');
  const { dormant, ...awake } = table;
  expect(sameTable(table, awake)).toBe(false);
});

test('what nft has no words for is never written to it', () => {
  const written = (expr: string) => {
    const chain = '{"family":"inet","table":"t","name":"c"}';
    const rule = `{"family":"inet","table":"t","chain":"c","expr":[${expr}]}`;
    const { tables } = readNftJson(
      `{"nftables":[{"table":{"family":"inet","name":"t"}},{"chain":${chain}},{"rule":${rule}}]}`,
    );
    return tables.map((table) => writeTable(table)).join('');
  };
  const unknown = '{"osf":{"key":"name"}}';
  const mark = '{"meta":{"key":"mark"}}';
  for (const expr of [
    `{"match":{"op":"==","left":${unknown},"right":"Linux"}}`,
    `{"match":{"op":"==","left":{"concat":[${mark},${unknown}]},"right":"@s"}}`,
    `{"mangle":{"key":${mark},"value":{"|":[${mark},${unknown}]}}}`,
    `{"mangle":{"key":${mark},"value":{"map":{"key":${unknown},"data":"@m"}}}}`,
    `{"vmap":{"key":${mark},"data":{"set":[[1,${unknown}]]}}}`,
    `{"mangle":{"key":${mark},"value":{"jhash":{"mod":2,"expr":${unknown}}}}}`,
    `{"snat":{"addr":{"range":["192.0.2.1",${unknown}]}}}`,
    '{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"a\\"b"}}',
    '{"counter":"c"}',
    '{"limit":{"rate":3,"per":"second"}}',
    '{"xt":null}',
  ])
    expect(() => written(expr), expr).toThrow(/^nft (?:text cannot be written|cannot quote)/);
  expect(written('{"counter":null},{"accept":null}')).toContain('accept');
});
