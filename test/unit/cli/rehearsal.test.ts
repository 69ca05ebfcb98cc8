import { expect, it } from 'vitest';
import { formatRehearsal } from '../../../src/cli/format/rehearsal.ts';
import { NOTHING_SEEN, type Rehearsal } from '../../../src/lab/rehearsal.ts';

it('wraps what is said of differences, and counts all that was tried', () => {
  const expected = { kind: 'wans', shares: [{ wan: 'fiber', percent: 100 }] } as const;
  const flow = { family: 'ipv4', from: 'lan', expected, seen: NOTHING_SEEN } as const;
  const why = 'no answer: timeout, error ENETDOWN';
  const different: Rehearsal = {
    states: [
      { down: ['cable'], flows: [{ ...flow, rule: 'the-rest', verdict: { kind: 'different', why } }] },
    ],
    forwards: [],
    weights: [],
    expectations: [],
    asPlanned: false,
  };
  const text = formatRehearsal(different, 80);
  expect(text).toContain(
    '\n! the-rest ipv4 with cable cut: no answer: timeout, error ENETDOWN; the site\n  asks for fiber\n',
  );
  expect(text).toContain('\n1 difference from what the site asks for\n');
  const planned: Rehearsal = { ...different, states: [], asPlanned: true };
  expect(formatRehearsal(planned, 80)).toBe(
    '\nas planned: 0 flows, 0 port forwards, 0 sets of weights, 0 expectations\n',
  );
});

it('keeps the longest names and addresses within 80 columns', () => {
  const wans = ['a', 'b', 'c', 'd'].map((letter) => `branch-office-${letter}`);
  const seen = { ...NOTHING_SEEN, exits: Object.fromEntries(wans.map((wan) => [wan, 2])) };
  const verdict = { kind: 'as-planned' } as const;
  const text = formatRehearsal(
    {
      states: [
        { down: [], flows: [{ rule: 'a-balanced-rule', from: 'lan', family: 'ipv6', seen, verdict }] },
      ],
      forwards: wans.map((wan) => ({
        wan,
        protocol: 'tcp',
        port: 22222,
        to: '[2001:db8:1111:2222:3333:4444:5555:6666]:22222',
        outside: 'answered',
        hairpin: 'timeout',
      })),
      weights: [],
      expectations: [],
      asPlanned: true,
    },
    80,
  );
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(text).toContain('a-balanced-rule ipv6  branch-office-a+branch-office-b+branch-office-c+1 more\n');
  expect(text).toContain('6666]:22222,\n                           outside answered, inside ! timeout\n');
});

it('tells of forwards that nobody could call, and counts only what was tried', () => {
  const flow = { family: 'ipv4', in: 'lan0', destination: '203.0.113.9', protocol: 'gre' } as const;
  const verdict = { kind: 'not-tried', why: 'the lab does not speak gre' } as const;
  const text = formatRehearsal(
    {
      states: [],
      forwards: [{ wan: 'fiber', protocol: 'tcp', port: 8080, to: '172.17.0.2:80' }],
      weights: [],
      expectations: [
        { file: 'polywan.yaml', line: 9, flow, down: [], exit: 'fiber', seen: NOTHING_SEEN, verdict },
      ],
      asPlanned: true,
    },
    80,
  );
  expect(text).toContain('\nfiber tcp 8080  - to 172.17.0.2:80; not tried: the site has nothing inside\n');
  expect(text).toContain('\nas planned: 0 flows, 0 port forwards, 0 sets of weights, 0 expectations\n');
});
