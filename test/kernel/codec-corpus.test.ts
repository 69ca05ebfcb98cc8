import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNftJson } from '../../src/codec/nft-json.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');

interface JsonRule {
  readonly table: string;
  readonly chain: string;
  readonly expr?: readonly unknown[];
}

/** Files that INDEX.tsv says load; some name sets, hosts or devices that an empty namespace does not have. */
function loading(): readonly string[] {
  const [head = '', ...rows] = readFileSync(join(CORPUS, 'INDEX.tsv'), 'utf8').trim().split('\n');
  const columns = head.split('\t');
  const at = columns.indexOf('loads');
  const yes = rows.map((row) => row.split('\t')).filter((cells) => /^(?:yes)$/i.test(cells[at] ?? ''));
  return yes.map(([file = '']) => file).filter((file) => file.endsWith('.nft'));
}

function listing(file: string): string {
  const script = 'ip link set lo up && nft -f "$F" && nft -j list ruleset';
  return execFileSync('unshare', ['--net', 'sh', '-c', script], {
    env: { ...process.env, F: join(CORPUS, file) },
    encoding: 'utf8',
  });
}

test('the corpus of real rulesets is beside the project', () => {
  expect(existsSync(CORPUS)).toBe(true);
  expect(readdirSync(CORPUS).filter((name) => name.endsWith('.nft')).length).toBeGreaterThan(20);
  expect(loading().length).toBeGreaterThan(15);
});

test.each(loading())('%s is read with every rule and every statement of it', (file) => {
  const json = listing(file);
  const { tables, problems } = readNftJson(json, file);
  expect(problems).toEqual([]);
  const listed = (JSON.parse(json) as { nftables: { rule?: JsonRule }[] }).nftables.flatMap(
    ({ rule }) => rule ?? [],
  );
  const read = tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules));
  expect(read.length).toBe(listed.length);
  for (const rule of read) {
    const source = JSON.parse(json.slice(rule.span?.start, rule.span?.end)) as { rule: JsonRule };
    expect(rule.statements.length).toBeGreaterThanOrEqual(source.rule.expr?.length ?? 0);
  }
});

test('what is kept as unknown in the corpus is what cannot be decided from a packet, and nothing else', () => {
  const kept = new Set<string>();
  for (const file of loading())
    for (const table of readNftJson(listing(file)).tables) {
      const text = JSON.stringify(table);
      for (const [, kind] of text.matchAll(/"kind":"unknown","text":"\{\\"(\w+)/g))
        kept.add(`expression ${kind}`);
      for (const chain of table.chains)
        for (const { statements } of chain.rules)
          for (const one of statements)
            if (one.kind === 'unknown-match' || one.kind === 'unknown-target')
              kept.add(`${one.kind} ${one.name}`);
    }
  expect([...kept].sort()).toEqual(['unknown-match ct count', 'unknown-match limit']);
});
