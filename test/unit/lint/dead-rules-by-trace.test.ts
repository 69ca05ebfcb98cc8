import { expect, it } from 'vitest';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import type { Rule } from '../../../src/kernel/netfilter.ts';
import { MAIN_TABLE } from '../../../src/kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../../src/kernel/state.ts';
import { defaultRoute } from '../../../src/lint/flow/build-routing.ts';
import { chainGraphs } from '../../../src/lint/rulesets/chain-graph.ts';
import { deadRules } from '../../../src/lint/rulesets/dead-rules.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import { traceFlow } from '../../../src/trace/trace-flow.ts';

/** mulberry32: the same rulesets every time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SOURCES = [
  '192.0.2.0/24',
  '192.0.2.0/25',
  '192.0.2.9',
  '192.0.2.200',
  '198.51.100.0/24',
  '198.51.100.7',
];
const PORTS = ['22', '80', '1:1024', '1024:65535', '443'];
const INTERFACES = ['lan0', 'lan+', 'wan0'];
const MARKS = ['0x0', '0x1', '0x2/0x3', '0x1/0x1'];
const TARGETS = [
  'ACCEPT',
  'DROP',
  'REJECT',
  'RETURN',
  'LOG',
  'MARK --set-mark 1',
  'MARK --set-xmark 0x2/0x3',
  'user',
  'goes',
];

function ruleset(seed: number): string {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const not = () => (random() < 0.2 ? '! ' : '');
  const rule = (chain: string, targets: readonly string[]) => {
    const words = [`-A ${chain}`];
    if (random() < 0.45) words.push(`${not()}-s ${pick(SOURCES)}`);
    if (random() < 0.3) words.push(`${not()}-i ${pick(INTERFACES)}`);
    if (random() < 0.45) {
      const protocol = pick(['tcp', 'udp']);
      words.push(`-p ${protocol} -m ${protocol}`);
      if (random() < 0.7) words.push(`${not()}--dport ${pick(PORTS)}`);
    }
    if (random() < 0.25) words.push(`-m mark ${not()}--mark ${pick(MARKS)}`);
    return `${words.join(' ')} -j ${pick(targets)}`;
  };
  const inner = TARGETS.slice(0, 7);
  const rules = [
    ...Array.from({ length: 3 }, () => rule('user', inner)),
    ...Array.from({ length: 3 }, () => rule('goes', inner)),
    ...Array.from({ length: 14 }, () => rule('FORWARD', TARGETS)),
  ];
  return `*mangle\n:FORWARD ACCEPT [0:0]\n:user - [0:0]\n:goes - [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

const HOSTS = [
  '192.0.2.9',
  '192.0.2.10',
  '192.0.2.200',
  '192.0.2.201',
  '198.51.100.7',
  '198.51.100.8',
  '203.0.113.5',
];

function flows(): readonly Flow[] {
  const all: Flow[] = [];
  for (const source of HOSTS)
    for (const device of ['lan0', 'lan1', 'wan0'])
      for (const mark of [0, 1, 2, 3])
        for (const protocol of ['tcp', 'udp'])
          for (const destinationPort of [22, 80, 443, 1024, 5000])
            all.push({
              family: 'ipv4',
              in: device,
              source,
              destination: '203.0.113.9',
              protocol,
              sourcePort: 40000,
              destinationPort,
              mark,
            });
  return all;
}

/** Rules that any of the flows meets and matches. */
function alive(state: KernelState): ReadonlySet<Rule> {
  const met = new Set<Rule>();
  for (const flow of flows()) {
    const trace = traceFlow(state, flow, { packets: ['P1'] });
    if (typeof trace === 'string') throw new Error(trace);
    for (const { packets } of trace.paths)
      for (const step of packets[0]?.steps ?? []) {
        if (step.kind !== 'rule') continue;
        const chain = state.tables[0]?.chains.find(({ name }) => name === step.rule.chain);
        const rule = chain?.rules[step.rule.index];
        if (rule !== undefined) met.add(rule);
      }
  }
  return met;
}

it('no packet ever meets a rule that is called dead, and most rules that none meets are', () => {
  let called = 0;
  let unmet = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const text = ruleset(seed);
    const { tables } = readIptablesSave(text, { family: 'ip', frontend: 'iptables-nft', file: 'rules.v4' });
    const state = { ...EMPTY_STATE, tables, routes: [defaultRoute('ipv4', MAIN_TABLE, ['wan1'])] };
    const met = alive(state);
    const dead = chainGraphs(state).flatMap((graph) => deadRules(graph));
    const wrong = dead
      .filter(({ rule }) => met.has(rule))
      .map(({ rule }) => text.slice(rule.span?.start, rule.span?.end));
    expect(wrong, `seed ${seed}:\n${text}`).toEqual([]);
    called += dead.reduce((sum, { more }) => sum + 1 + (more ?? 0), 0);
    unmet += tables[0]?.chains.flatMap(({ rules }) => rules).filter((rule) => !met.has(rule)).length ?? 0;
  }
  // The rest is dead only by several rules together, or by what the flows here cannot be.
  expect(called).toBeGreaterThan(60);
  expect(called / unmet).toBeGreaterThan(0.5);
});
