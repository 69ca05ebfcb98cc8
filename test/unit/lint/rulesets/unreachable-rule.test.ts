import { describe, expect, it } from 'vitest';
import { unreachableRule } from '../../../../src/lint/checks/unreachable-rule.ts';
import { type Files, findings, messages } from '../machine-of.ts';
import { save, table } from './table.ts';

describe('unreachable-rule', () => {
  /** How many of the rules never apply. */
  const dead = (files: Files, around = {}) => findings(unreachableRule, files, around).length;

  it.each([
    ['behind an unconditional verdict', '-A INPUT -j DROP', '-A INPUT -p tcp -j ACCEPT'],
    ['behind a reject of everything', '-A INPUT -j REJECT', '-A INPUT -p tcp -j ACCEPT'],
    ['behind a queue', '-A INPUT -j NFQUEUE --queue-num 1', '-A INPUT -p tcp -j ACCEPT'],
    ['said twice', '-A INPUT -s 192.0.2.9 -j ACCEPT', '-A INPUT -s 192.0.2.9/32 -j ACCEPT'],
    [
      'in other words',
      '-A INPUT -p tcp -m state --state NEW -j ACCEPT',
      '-A INPUT -p tcp -m conntrack --ctstate NEW -j DROP',
    ],
    [
      'in another order',
      '-A INPUT -s 192.0.2.9 -d 198.51.100.9 -j ACCEPT',
      '-A INPUT -d 198.51.100.9 -s 192.0.2.9 -j DROP',
    ],
    ['a host of a network', '-A INPUT -s 192.0.2.0/24 -j ACCEPT', '-A INPUT -s 192.0.2.9 -p tcp -j DROP'],
    [
      'a network of a network',
      '-A INPUT -d 192.0.2.0/24 -j ACCEPT',
      '-A INPUT -d 192.0.2.128/25 -i wan0 -j DROP',
    ],
    [
      'a port of a range',
      '-A INPUT -p tcp -m tcp --dport 1:1024 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 22 -j DROP',
    ],
    [
      'some ports of a list',
      '-A INPUT -p tcp -m multiport --dports 22,80,443 -j ACCEPT',
      '-A INPUT -p tcp -m multiport --dports 443,22 -j DROP',
    ],
    ['an interface of a pattern', '-A INPUT -i ppp+ -j ACCEPT', '-A INPUT -i ppp0 -j DROP'],
    ['what a negation leaves', '-A INPUT ! -i lan0 -j ACCEPT', '-A INPUT -i wan0 -j DROP'],
    [
      'the same mark in other words',
      '-A INPUT -m mark --mark 0x10/0xff -j ACCEPT',
      '-A INPUT -m mark --mark 16/0xff -p tcp -j DROP',
    ],
    [
      'one state of two',
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j DROP',
    ],
    [
      'behind a jump to a chain that never comes back',
      '-A user -p tcp -j ACCEPT\n-A user -j DROP\n-A INPUT -j user',
      '-A INPUT -j ACCEPT',
    ],
    ['behind a goto', '-A user -p tcp -j ACCEPT\n-A INPUT -g user', '-A INPUT -j ACCEPT'],
    [
      'of a set by its name',
      '-A INPUT -m set --match-set known src -j ACCEPT',
      '-A INPUT -m set --match-set known src -p tcp -j DROP',
    ],
    [
      'one that narrows by what is not known',
      '-A INPUT -s 192.0.2.9 -j ACCEPT',
      '-A INPUT -s 192.0.2.9 -m limit --limit 5/min -j LOG',
    ],
  ])('%s: never reached', (_, first, second) => {
    expect(dead(save(first, second))).toBe(1);
  });

  it.each([
    ['a wider one behind', '-A INPUT -s 192.0.2.9 -j ACCEPT', '-A INPUT -s 192.0.2.0/24 -j DROP'],
    ['beside each other', '-A INPUT -s 192.0.2.0/25 -j ACCEPT', '-A INPUT -s 192.0.2.128/25 -j DROP'],
    [
      'a port of another protocol',
      '-A INPUT -p tcp -m tcp --dport 53 -j ACCEPT',
      '-A INPUT -p udp -m udp --dport 53 -j DROP',
    ],
    [
      'sport and dport',
      '-A INPUT -p tcp -m tcp --dport 53 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --sport 53 -j DROP',
    ],
    [
      'overlapping ranges',
      '-A INPUT -p tcp -m tcp --dport 1:1024 -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 1000:2000 -j DROP',
    ],
    [
      'left to chance',
      '-A INPUT -p tcp -m statistic --mode random --probability 0.5 -j ACCEPT',
      '-A INPUT -p tcp -j DROP',
    ],
    ['left to how often', '-A INPUT -p tcp -m limit --limit 5/min -j ACCEPT', '-A INPUT -p tcp -j DROP'],
    ['a target that goes on', '-A INPUT -s 192.0.2.9 -j LOG', '-A INPUT -s 192.0.2.9 -j DROP'],
    ['a mark that goes on', '-A INPUT -s 192.0.2.9 -j MARK --set-mark 1', '-A INPUT -s 192.0.2.9 -j DROP'],
    ['a chain that comes back', '-A user -p tcp -j ACCEPT\n-A INPUT -j user', '-A INPUT -j ACCEPT'],
    [
      'a chain left by a condition',
      '-A user -s 192.0.2.9 -j RETURN\n-A user -j DROP\n-A INPUT -j user',
      '-A INPUT -j ACCEPT',
    ],
    ['a target that nobody knows', '-A INPUT -j TARPIT', '-A INPUT -j ACCEPT'],
    [
      'a mark that was changed between',
      '-A INPUT -m mark --mark 0x1 -j ACCEPT\n-A INPUT -s 192.0.2.9 -j MARK --set-mark 1',
      '-A INPUT -m mark --mark 0x1 -j DROP',
    ],
    [
      'a mark that a chain between changes',
      '-A user -j MARK --set-mark 1\n-A INPUT -m mark --mark 0x1 -j ACCEPT\n-A INPUT -j user',
      '-A INPUT -m mark --mark 0x1 -j DROP',
    ],
    [
      'a set that a rule between fills',
      '-A INPUT -m set --match-set seen src -j ACCEPT\n-A INPUT -p tcp -j SET --add-set seen src',
      '-A INPUT -m set --match-set seen src -j DROP',
    ],
    [
      'other bits of the mark',
      '-A INPUT -m mark --mark 0x1/0xf -j ACCEPT',
      '-A INPUT -m mark --mark 0x1/0xff -j DROP',
    ],
    [
      'another direction of a set',
      '-A INPUT -m set --match-set known src -j ACCEPT',
      '-A INPUT -m set --match-set known dst -j DROP',
    ],
    ['the opposite', '-A INPUT ! -i lan0 -j ACCEPT', '-A INPUT -i lan0 -j DROP'],
    ['another chain', '-A INPUT -j DROP', '-A FORWARD -p tcp -j ACCEPT'],
  ])('%s: silent', (_, first, second) => {
    expect(dead(save(first, second))).toBe(0);
  });

  it('tells once of all that stands behind the end, and names what ends it', () => {
    expect(
      messages(
        unreachableRule,
        save('-A INPUT -j DROP', '-A INPUT -p tcp -j ACCEPT', '-A INPUT -p udp -j ACCEPT'),
      ),
    ).toEqual([
      'note: this rule of chain INPUT is never reached, nor 1 more behind it: `-A INPUT -j DROP` before it ends the chain for every packet',
    ]);
  });

  it('compares IPv6 addresses and networks', () => {
    const v6 = (...rules: readonly string[]) => dead({ 'rules.v6': table('filter', ['INPUT'], ...rules) });
    expect(v6('-A INPUT -s 2001:db8::/32 -j ACCEPT', '-A INPUT -s 2001:db8:1::/48 -j DROP')).toBe(1);
    expect(v6('-A INPUT -s 2001:db8::/33 -j ACCEPT', '-A INPUT -s 2001:db8:8000::1 -j DROP')).toBe(0);
    expect(v6('-A INPUT -s 2001:db8:0::1 -j ACCEPT', '-A INPUT -s 2001:0db8::1/128 -j DROP')).toBe(1);
  });

  it('finds a rule among many of the same address, and of the same shape', () => {
    const many = Array.from(
      { length: 3000 },
      (_, at) => `-A INPUT -d 192.0.2.9 -p tcp -m tcp --dport ${at + 1} -j ACCEPT`,
    );
    const hosts = Array.from(
      { length: 3000 },
      (_, at) => `-A INPUT -s 10.1.${at >> 8}.${at & 255} -j ACCEPT`,
    );
    expect(dead(save(...many, ...hosts))).toBe(0);
    expect(
      dead(
        save(
          ...many,
          ...hosts,
          '-A INPUT -d 192.0.2.9 -p tcp -m tcp --dport 2222 -j DROP',
          '-A INPUT -s 10.1.5.5 -p udp -j DROP',
        ),
      ),
    ).toBe(2);
  });

  it('a chain that nothing calls is told of where the table is whole', () => {
    const text = table('filter', ['INPUT', 'user', 'inner'], '-A user -p tcp -j inner', '-A inner -j DROP');
    expect(dead({ 'rules.v4': text })).toBe(0);
    const whole = { 'rules.v4': `# Generated by iptables-save v1.8.9 (nf_tables)\n${text}` };
    expect(messages(unreachableRule, whole)).toEqual([
      'note: nothing calls chain user of table filter, so its rule never applies',
    ]);
    expect(messages(unreachableRule, { 'rules.v4': text }, { whole: true })).toHaveLength(1);
  });
});
