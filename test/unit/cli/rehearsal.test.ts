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
