import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIpsetSave, writeIpsetAdditions, writeIpsetRemovals } from '../../src/codec/ipset.ts';
import { writeOwnChange } from '../../src/codec/iptables/own-change.ts';
import { type ReadOptions, readIptablesSave } from '../../src/codec/iptables/read.ts';
import { writeIptablesSave } from '../../src/codec/iptables/write.ts';
import type { IpSet, Table } from '../../src/kernel/netfilter.ts';
import { ownPart } from '../../src/kernel/ownership.ts';
import { mangleRule, natRule } from '../unit/codec/iptables-samples.ts';

const NAMESPACE = `pw-ipt-${process.pid}`;
const FRONTENDS = ['iptables-nft', 'iptables-legacy'] as const;
const FAMILIES = ['ip', 'ip6'] as const;
const KINDS = FRONTENDS.flatMap((frontend) =>
  FAMILIES.map((family) => ({ frontend, family, file: 'saved' })),
);

/** A tool that hangs must not hang the test. */
const TIMEOUT_MS = 20_000;

function run(program: string, args: readonly string[], input = '') {
  const result = spawnSync('ip', ['netns', 'exec', NAMESPACE, program, ...args], {
    input,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

function must(program: string, args: readonly string[], input = ''): string {
  const { code, stdout, stderr } = run(program, args, input);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}\n${input}`);
  return stdout;
}

function tool({ frontend, family }: ReadOptions, verb: 'save' | 'restore'): string {
  return `${family === 'ip' ? 'iptables' : 'ip6tables'}-${frontend === 'iptables-nft' ? 'nft' : 'legacy'}-${verb}`;
}

function plain(tables: readonly Table[]): unknown {
  const byName = [...tables].sort((a, b) => a.name.localeCompare(b.name));
  return JSON.parse(JSON.stringify(byName, (key, value) => (key === 'span' ? undefined : value)));
}

function saved(kind: ReadOptions): string {
  // Comments hold the time of day, chain counters what passed meanwhile.
  return must(tool(kind, 'save'), [])
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '[0:0]');
}

function reset(kind: ReadOptions): void {
  const empty = ['raw', 'mangle', 'nat', 'filter'].map((name) => `*${name}\nCOMMIT\n`).join('');
  must(tool(kind, 'restore'), [], empty);
}

beforeAll(() => {
  spawnSync('ip', ['netns', 'add', NAMESPACE]);
});

afterAll(() => {
  spawnSync('ip', ['netns', 'del', NAMESPACE]);
});

describe.each(KINDS)('$frontend, $family', (kind) => {
  beforeAll(() => {
    must('ipset', [
      '-exist',
      'create',
      'polywan-test',
      'hash:net',
      'family',
      kind.family === 'ip' ? 'inet' : 'inet6',
    ]);
  });
  afterAll(() => {
    for (const one of KINDS) reset(one);
    must('ipset', ['destroy', 'polywan-test']);
  });

  it('lists what was written as the same statements', () => {
    fc.assert(
      fc.property(
        fc.array(mangleRule(kind.family), { minLength: 5, maxLength: 25 }),
        fc.array(natRule(kind.family), { minLength: 1, maxLength: 6 }),
        (mangle, nat) => {
          const text = [
            '*mangle',
            ...['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map(
              (name) => `:${name} ACCEPT [0:0]`,
            ),
            ':polywan-b - [0:0]',
            ...mangle.map((words) => `-A PREROUTING ${words}`),
            'COMMIT\n*nat',
            ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT [0:0]`),
            ...nat.map(([chain, words]) => `-A ${chain} ${words}`),
            'COMMIT\n',
          ].join('\n');
          const wanted = readIptablesSave(text, kind).tables;
          must(tool(kind, 'restore'), [], writeIptablesSave(wanted));
          const found = readIptablesSave(must(tool(kind, 'save'), []), kind);
          expect(found.problems).toEqual([]);
          const tables = found.tables.filter((table) => wanted.some(({ name }) => name === table.name));
          expect(plain(tables)).toEqual(plain(wanted));
        },
      ),
      { numRuns: 12 },
    );
  });

  const foreign = [
    '*mangle',
    ':DOCKER - [0:0]',
    ':other-x - [0:0]',
    '-A PREROUTING -i wan0 -j DOCKER',
    '-A PREROUTING -p tcp -j other-x',
    '-A OUTPUT -j other-x',
    '-A DOCKER -m mark --mark 0x1/0x1 -j RETURN',
    '-A other-x -j MARK --set-xmark 0x40000/0xff0000',
    'COMMIT\n',
  ].join('\n');

  function own(
    chains: Readonly<Record<string, readonly string[]>>,
    jumps: Readonly<Record<string, string>>,
  ): Table {
    const text = [
      '*mangle',
      ...Object.keys(chains).map((name) => `:polywan-${name} - [0:0]`),
      ...Object.entries(chains).flatMap(([name, rules]) => rules.map((rule) => `-A polywan-${name} ${rule}`)),
      ...Object.entries(jumps).map(([base, name]) => `-A ${base} -j polywan-${name}`),
      'COMMIT\n',
    ].join('\n');
    const { tables, problems } = readIptablesSave(text, kind);
    const [table] = tables;
    if (table === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
    return table;
  }

  function found(): Table | undefined {
    const { tables } = readIptablesSave(must(tool(kind, 'save'), []), kind);
    const mangle = tables.find((table) => table.name === 'mangle');
    return mangle === undefined ? undefined : ownPart(mangle);
  }

  function change(after: Table | undefined) {
    return run(tool(kind, 'restore'), ['--noflush'], writeOwnChange(found(), after));
  }

  const first = () =>
    own({ pre: ['-j polywan-a'], a: ['-p tcp -j MARK --set-xmark 0x1/0xff'] }, { PREROUTING: 'pre' });
  const second = () =>
    own(
      { pre: ['-g polywan-c'], c: ['-p udp -m comment --comment "a b" -j RETURN', '-j ACCEPT'], out: [] },
      { PREROUTING: 'pre', OUTPUT: 'out' },
    );

  it('changes its own chains and jumps, and leaves those of others byte for byte as they were', () => {
    reset(kind);
    must(tool(kind, 'restore'), [], foreign);
    const before = saved(kind);
    for (const after of [
      first(),
      second(),
      own({ out: ['-j DROP'] }, { OUTPUT: 'out' }),
      first(),
      undefined,
    ]) {
      expect(change(after)).toMatchObject({ code: 0, stderr: '' });
      const text = saved(kind);
      const others = text
        .split('\n')
        .filter((line) => !line.includes('polywan-'))
        .join('\n');
      expect(others).toBe(before);
      const now = found();
      expect(writeOwnChange(now, after)).toBe('');
      for (const { name } of after?.chains.filter((chain) => chain.base !== undefined) ?? [])
        expect(text.split('\n').find((line) => line.startsWith(`-A ${name} `))).toContain('polywan-');
    }
    expect(saved(kind)).toBe(before);
  });

  it('changes nothing when one line of the block is refused', () => {
    reset(kind);
    must(tool(kind, 'restore'), [], foreign);
    expect(change(first()).code).toBe(0);
    const before = saved(kind);
    const block = writeOwnChange(found(), second());
    for (const bad of [
      '-A polywan-nowhere -j ACCEPT',
      '-D PREROUTING -j polywan-out',
      '-A polywan-c -m set --match-set none src',
    ]) {
      expect(
        run(tool(kind, 'restore'), ['--noflush'], block.replace('COMMIT', `${bad}\nCOMMIT`)).code,
      ).not.toBe(0);
      expect(saved(kind)).toBe(before);
    }
  });

  it('adds a jump that someone took away, and takes away one that stands twice', () => {
    reset(kind);
    expect(change(first()).code).toBe(0);
    must(tool(kind, 'restore'), ['--noflush'], '*mangle\n-D PREROUTING -j polywan-pre\nCOMMIT\n');
    expect(change(first()).code).toBe(0);
    must(tool(kind, 'restore'), ['--noflush'], '*mangle\n-A PREROUTING -j polywan-pre\nCOMMIT\n');
    expect(change(first()).code).toBe(0);
    expect(saved(kind).match(/^-A PREROUTING.*$/gm)).toEqual(['-A PREROUTING -j polywan-pre']);
  });
});

describe('ipset', () => {
  const sets = (): IpSet[] => readIpsetSave(must('ipset', ['save']));
  const net = (elements: readonly string[], options = 'family inet maxelem 65536'): IpSet => {
    return { name: 'polywan-hosts', type: 'hash:net', options, elements };
  };

  it('makes, fills, changes and removes sets, and reads them back as they were wanted', () => {
    let found = sets();
    for (const wanted of [
      [net(['192.0.2.0/24', '198.51.100.1'])],
      [net(['192.0.2.0/24', '203.0.113.0/24 nomatch'])],
      [net(['192.0.2.0/25 timeout 0'], 'family inet maxelem 1000 timeout 600')],
      [],
    ]) {
      must('ipset', ['restore'], writeIpsetAdditions(found, wanted));
      must('ipset', ['restore'], writeIpsetRemovals(found, wanted));
      found = sets();
      expect(found.map((set) => ({ ...set, elements: [...set.elements].sort() }))).toEqual(wanted);
      expect(writeIpsetAdditions(found, wanted) + writeIpsetRemovals(found, wanted)).toBe('');
    }
  });

  it('leaves the entries of a set with lifetimes to whoever adds them', () => {
    const wanted = [net([], 'family inet maxelem 65536 timeout 600')];
    must('ipset', ['restore'], writeIpsetAdditions([], wanted));
    must('ipset', ['add', 'polywan-hosts', '192.0.2.9']);
    expect(sets()[0]?.elements).toEqual(['192.0.2.9']);
    expect(writeIpsetAdditions(sets(), wanted)).toBe('');
    must('ipset', ['restore'], writeIpsetRemovals(sets(), []));
  });
});
