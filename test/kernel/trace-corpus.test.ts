import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readIptablesSave } from '../../src/codec/iptables/read.ts';
import { readNftJson } from '../../src/codec/nft-json.ts';
import type { Table } from '../../src/kernel/netfilter.ts';
import type { Flow } from '../../src/trace/flow.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { LAN_FLOW, router, trace } from '../unit/trace/router.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus');

const [head = '', ...rows] = readFileSync(join(CORPUS, 'INDEX.tsv'), 'utf8').trim().split('\n');
const loads = head.split('\t').indexOf('loads');
const files = rows
  .map((row) => row.split('\t'))
  // Five nft files name sets, hosts or devices that an empty namespace does not have.
  .filter(([file = '', ...cells]) => !file.endsWith('.nft') || cells[loads - 1] === 'yes')
  .map(([file = '']) => file);

/** What was met and is not followed, or could not be decided, with the files it was met in. */
const met = new Map<string, Set<string>>();

afterAll(() => {
  const lines = [...met].map(([text, where]) => `${text}: ${[...where].join(' ')}`).sort();
  console.log(`met in the corpus and not modelled or not decidable:\n${lines.join('\n')}`);
});

function load(file: string): readonly Table[] {
  const path = join(CORPUS, file);
  if (file.endsWith('.nft')) {
    const script = 'ip link set lo up && nft -f "$F" && nft -j list ruleset';
    const json = execFileSync('unshare', ['--net', 'sh', '-c', script], {
      env: { ...process.env, F: path },
      encoding: 'utf8',
    });
    return readNftJson(json, file).tables;
  }
  const family = file.endsWith('.v6') ? 'ip6' : 'ip';
  return readIptablesSave(readFileSync(path, 'utf8'), { family, frontend: 'iptables-legacy', file }).tables;
}

const IPV6_FLOW: Flow = {
  family: 'ipv6',
  in: 'lan0',
  source: '2001:db8:1::10',
  destination: '2001:db8:9::1',
  protocol: 'tcp',
  destinationPort: 443,
};

function flowsOf(file: string): readonly Flow[] {
  const forwarded = file.endsWith('.v6') ? IPV6_FLOW : { ...LAN_FLOW, destinationPort: 443 };
  const { in: _in, source: _source, ...local } = forwarded;
  return [forwarded, local];
}

function expectVerdict(result: Trace, file: string): void {
  expect(result.paths.length).toBeGreaterThan(0);
  expect(result.limits).toEqual([]);
  for (const path of result.paths) {
    expect(path.summary).not.toBe('');
    for (const packet of path.packets)
      if (packet.disposition.kind === 'unknown')
        expect(packet.disposition.rule ?? packet.disposition.reason).toBeDefined();
    for (const { text } of path.conditions) {
      // Matches that nobody can decide say their name first.
      const [, name] = /^([\w ]+): (?:-m|\{)/.exec(text) ?? [];
      if (name !== undefined) note(`match ${name}`, file);
    }
  }
  for (const { text } of result.unmodelled) note(text.slice(0, 60), file);
  // Whole in JSON: nothing of it is a function, a map or undefined in a list.
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
}

function note(text: string, file: string): void {
  met.set(text, (met.get(text) ?? new Set()).add(file.slice(0, 3)));
}

describe.each(files)('%s', (file) => {
  const tables = load(file);

  test.each(flowsOf(file))('ends in a verdict on a router that is known ($in)', (flow) => {
    expectVerdict(trace({ ...router(), tables }, flow), file);
  });

  test.each(flowsOf(file))('ends in a verdict where only the ruleset is known ($in)', (flow) => {
    const state = { ...router(), tables, routes: [], addresses: [], links: [], policyRules: [], sysctls: [] };
    expectVerdict(trace(state, flow, { packets: ['P1', 'P1b', 'R'] }), file);
  });
});

test('the corpus is there', () => {
  expect(files.length).toBeGreaterThan(40);
});
