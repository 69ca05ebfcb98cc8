import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/lint/finding.ts';
import { covers, findSuppressions } from '../../../src/lint/suppressions.ts';

/** Of each suppression its check, its reason, and what it is about: the text of its line, or of the rule. */
function found(text: string) {
  return findSuppressions(new Map([['f', text]])).map(({ check, reason, line, inRule }) => [
    check,
    reason,
    inRule ? 'rule' : text.slice(line.start, line.end),
  ]);
}

function covered(text: string, place: string): boolean {
  const [one] = findSuppressions(new Map([['f', text]]));
  const start = text.indexOf(place);
  const finding: Finding = {
    check: 'a-check',
    severity: 'error',
    message: '',
    span: { file: 'f', start, end: start + place.length },
    path: [],
    key: '',
  };
  return one !== undefined && covers(one, finding);
}

describe('suppressions', () => {
  it('in comments are about the next line that says something', () => {
    expect(found('# polywan-ignore a-check: why so\n\n# more\n  -A INPUT\n')).toEqual([
      ['a-check', 'why so', '# polywan-ignore a-check: why so\n\n# more\n  -A INPUT'],
    ]);
    expect(found('*filter\n  #polywan-ignore a-check:why\n-A INPUT\n-A OUTPUT')).toEqual([
      ['a-check', 'why', '-A INPUT'],
    ]);
  });

  it('at the end of a line are about that line', () => {
    expect(found('x\nlan: [lan0] # polywan-ignore a-check: why\ny')).toEqual([
      ['a-check', 'why', 'lan: [lan0] # polywan-ignore a-check: why'],
    ]);
  });

  it('at the end of a rule that goes over lines are about the rule, above it about what begins below', () => {
    const rule = 'iptables -A X \\\n  -j MARK --set-mark 1';
    expect(covered(`before\n${rule} # polywan-ignore a-check: why\nafter`, rule)).toBe(true);
    const set = 'ip saddr { 192.0.2.1, # polywan-ignore a-check: why\n 192.0.2.2 } drop';
    expect(covered(`a\n${set}\nb`, set)).toBe(true);
    expect(covered(`a # polywan-ignore a-check: why\n${rule}`, rule)).toBe(false);
    expect(covered(`${rule}\nb # polywan-ignore a-check: why`, rule)).toBe(false);
    const table = 'table t {\n # polywan-ignore a-check: why\n chain\n}';
    expect(covered(`x\n${table}`, table)).toBe(false);
  });

  it('without a reason, a check or a line below are seen as what they are', () => {
    expect(found('x\n# polywan-ignore a-check\ny')).toEqual([['a-check', '', 'y']]);
    expect(found('x\n# polywan-ignore\ny')).toEqual([['', '', 'y']]);
    expect(found('x\n# polywan-ignore a-check: why')).toEqual([['a-check', 'why', '']]);
  });

  it('in the comments of rules are about those rules', () => {
    expect(found('-A X -m comment --comment "polywan:ignore=a-check why so" -j Y')).toEqual([
      ['a-check', 'why so', 'rule'],
    ]);
    expect(found("iptables -A X -m comment --comment 'polywan:ignore=a-check why' -j Y")).toEqual([
      ['a-check', 'why', 'rule'],
    ]);
    expect(found('-A X -m comment --comment polywan:ignore=a-check -j Y')).toEqual([['a-check', '', 'rule']]);
    const rules = 'ip saddr 192.0.2.1 accept comment "polywan:ignore=a-check why"\nother';
    expect(covered(rules, 'ip saddr 192.0.2.1 accept')).toBe(true);
    expect(covered(rules, 'other')).toBe(false);
  });

  it('in JSON are about the object they stand in, though all is on one line', () => {
    const json = '[{"rule": {"comment": "polywan:ignore=a-check why"}}, {"rule": {"comment": "x"}}]';
    expect(covered(json, '{"rule": {"comment": "polywan:ignore=a-check why"}}')).toBe(true);
    expect(covered(json, '{"rule": {"comment": "x"}}')).toBe(false);
  });

  it('at the head of a file are about the whole of it, too', () => {
    const text = '#!/bin/sh\n# polywan-ignore a-check: why\nfirst\nsecond';
    expect(covered(text, '')).toBe(true);
    expect(covered(text, 'first')).toBe(true);
    expect(covered(text, 'second')).toBe(false);
  });
});
