import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeRule } from '../../../src/codec/iptables/write-rule.ts';
import { leastTime } from '../least-time.ts';
import { type Family, read, readRule } from './read-iptables.ts';

describe('reading text', () => {
  it('takes counters, CRLF, comments, repeated tables and a missing COMMIT', () => {
    const text = [
      '# a comment',
      '*filter',
      ':INPUT DROP [12:34]',
      '[5:600] -A INPUT -j own',
      ':own - [0:0]',
      'COMMIT',
      '*filter',
      '-A INPUT -j LOG --log-prefix "-m "',
      '-I INPUT -j DROP',
    ].join('\r\n');
    const { tables, problems } = read(text);
    expect(problems).toEqual([]);
    expect(tables).toHaveLength(1);
    const input = tables[0]?.chains[0];
    expect(input?.base).toEqual({ type: 'filter', hook: 'input', priority: 0, policy: 'drop' });
    expect(input?.rules.map((rule) => rule.statements)).toEqual([
      [{ kind: 'verdict', verdict: { kind: 'drop' } }],
      [
        { kind: 'counter', packets: 5, bytes: 600 },
        { kind: 'verdict', verdict: { kind: 'jump', chain: 'own' } },
      ],
      [{ kind: 'inert', name: 'LOG', text: '-j LOG --log-prefix "-m "' }],
    ]);
    const span = input?.rules[1]?.span;
    expect(text.slice(span?.start, span?.end)).toBe('[5:600] -A INPUT -j own');
  });

  it('puts, takes away and replaces rules where commands say, in whatever order they come', () => {
    const command = fc.oneof(
      fc.record({ verb: fc.constantFrom('-A', '-D'), rule: fc.nat(5) }),
      fc.record({
        verb: fc.constantFrom('-I', '-R', '-I'),
        rule: fc.nat(5),
        place: fc.integer({ min: 1, max: 4 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const wanted: string[] = [];
        const lines = commands.map((one) => {
          const words = `-s 192.0.2.${one.rule} -j DROP`;
          const place = 'place' in one ? one.place : 0;
          const at = one.verb === '-D' ? wanted.indexOf(words) : place - 1;
          if (one.verb === '-A') wanted.push(words);
          else if (one.verb === '-I') wanted.splice(at, 0, words);
          else if (one.verb === '-R') wanted.splice(at, 1, words);
          else if (at !== -1) wanted.splice(at, 1);
          return `${one.verb} INPUT ${place === 0 ? '' : `${place} `}${words}`;
        });
        const { tables } = read(['*filter', ':INPUT ACCEPT', ...lines, 'COMMIT', ''].join('\n'));
        expect(tables[0]?.chains[0]?.rules.map(writeRule)).toEqual(wanted);
      }),
    );
  });

  it('takes time that grows with the commands, not with their square', () => {
    const many = (count: number, line: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => line(at));
    const rule = (at: number) =>
      `INPUT -s 10.0.${at >> 8}.${at & 255} -m comment --comment rule-${at} -j DROP`;
    const took = (lines: readonly string[]) =>
      leastTime(() => {
        expect(read(['*filter', ':INPUT ACCEPT', ...lines, 'COMMIT', ''].join('\n')).problems).toEqual([]);
      });
    expect(took(many(60_000, (at) => `-I ${rule(at)}`))).toBeLessThan(2_000);
    const added = many(4_000, (at) => `-A ${rule(at)}`);
    const removed = many(4_000, (at) => `-D ${rule(3_999 - at)}`);
    expect(took([...added, ...removed])).toBeLessThan(2_000);
  });

  it('tells of a byte order mark, which iptables-restore refuses, and goes on behind it', () => {
    const { tables, problems } = read('\uFEFF*filter\n-A INPUT -j DROP\nCOMMIT\n');
    expect(problems.map(({ message, span }) => [message, span.start, span.end])).toEqual([
      ['iptables-restore refuses the byte order mark before this', 0, 1],
    ]);
    expect(tables[0]?.chains[0]?.rules).toHaveLength(1);
  });

  it.each(['-p tcp,udp', '--protocol tcp,udp', '-ptcp,udp', '! -p tcp,udp'])(
    'tells of several protocols in one rule, which iptables refuses: %s',
    (words) => {
      const { tables, problems } = read(
        `*filter\n-A INPUT ${words} -j DROP\n-A INPUT -p tcp -j DROP\nCOMMIT\n`,
      );
      expect(problems.map(({ message }) => message)).toEqual([
        expect.stringMatching(/ takes one protocol: a rule for each of 'tcp,udp'$/),
      ]);
      expect(tables[0]?.chains[0]?.rules).toHaveLength(1);
    },
  );

  it('tells the place of what it cannot read, and goes on behind it', () => {
    const text =
      '-A X -j Y\n*nope\n*mangle\n:a ACCEPT [0:0]\n-A b -j ACCEPT\n-A PREROUTING -s\n-A PREROUTING "x\nwhat\n-A PREROUTING x -j DROP\n-A PREROUTING -j DROP\nCOMMIT\nCOMMIT\n';
    const { tables, problems } = read(text);
    expect(problems.map(({ message, span }) => [message, text.slice(span.start, span.end)])).toEqual([
      ['a rule outside of any table', '-A X -j Y'],
      ["unknown table 'nope'", '*nope'],
      ["'a' is no builtin chain of this table, so it has no policy", ':a ACCEPT [0:0]'],
      ["chain 'b' is not declared", 'b -j ACCEPT'],
      ["'-s' needs a value", '-s'],
      ['a quote is not closed', '-A PREROUTING "x'],
      ['this is not iptables-save text', 'what'],
      ["unexpected word 'x'", 'x '],
      ['COMMIT without a table', 'COMMIT'],
    ]);
    expect(tables.find((table) => table.name === 'mangle')?.chains.at(-1)?.rules).toHaveLength(1);
  });
});

describe('what iptables-restore takes beside rules', () => {
  const rulesOf = (text: string, family: Family = 'ip') => {
    const { tables, problems } = read(text, family);
    expect(problems).toEqual([]);
    return (tables[0]?.chains ?? []).map(
      ({ name, base, rules }) => `${name} ${base?.policy ?? '-'} ${rules.length}`,
    );
  };

  it('a line for the other family is passed over', () => {
    const text = `*mangle
:PREROUTING ACCEPT [0:0]
-4 -A PREROUTING -s 192.0.2.1 -j ACCEPT
-6 -A PREROUTING -s 2001:db8::1 -j ACCEPT
-A PREROUTING --ipv6 -s 2001:db8::2 -j ACCEPT
-A PREROUTING -j ACCEPT
COMMIT
`;
    expect(rulesOf(text)).toEqual(['PREROUTING accept 2']);
    expect(rulesOf(text, 'ip6')).toEqual(['PREROUTING accept 3']);
  });

  it('rules are deleted and replaced, chains emptied and removed, policies set', () => {
    const lines = (...more: string[]) =>
      [
        '*filter',
        ':FORWARD ACCEPT',
        ':own -',
        '-A FORWARD -i lan0 -j own',
        '-A FORWARD -j ACCEPT',
        '-A own -j DROP',
        ...more,
        'COMMIT',
        '',
      ].join('\n');
    expect(rulesOf(lines('-P FORWARD DROP'))).toEqual(['FORWARD drop 2', 'own - 1']);
    expect(rulesOf(lines('-D FORWARD -i lan0 -j own', '-D own 1'))).toEqual(['FORWARD accept 1', 'own - 0']);
    expect(rulesOf(lines('-R FORWARD 2 -j DROP', '-Z'))).toEqual(['FORWARD accept 2', 'own - 1']);
    expect(rulesOf(lines('-F', '-X own'))).toEqual(['FORWARD accept 0']);
    expect(read(lines('-P own DROP')).problems).toHaveLength(1);
  });

  it('long options may be shortened where it is clear which is meant', () => {
    expect(readRule('--in-inter lan0 -j MARK --or 4').statements).toEqual(
      readRule('-i lan0 -j MARK --or-mark 4').statements,
    );
    expect(readRule('-j MARK --set-x=1/0xff').statements).toEqual(
      readRule('-j MARK --set-xmark 1/0xff').statements,
    );
    expect(readRule('-j MARK --set 4').statements).toMatchObject([{ kind: 'unknown-target' }]);
  });
});
