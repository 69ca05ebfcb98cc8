import { describe, expect, it } from 'vitest';
import { markWithoutRule } from '../../../../src/lint/checks/mark-without-rule.ts';
import { findings, messages } from '../machine-of.ts';
import { LINKS, LOOKUP, MAIN, mangle, routes, rules, rules6, WAN1 } from './router.ts';

describe('mark-without-rule', () => {
  const marks = (...values: readonly string[]) =>
    mangle(
      ...values.map(
        (value, at) => `-A PREROUTING -i lan0 -s 192.168.1.${at + 2}/32 -j MARK --set-xmark ${value}`,
      ),
    );

  it('notes the one mark of several that has no rule, and warns where a rule or a table waits for one', () => {
    const files = { 'rules.v4': marks('0x1/0xff', '0x2/0xff'), 'rules.txt': rules(LOOKUP) };
    expect(messages(markWithoutRule, files)).toEqual([
      'note: no IPv4 policy rule asks for mark 0x2/0xff: its packets are routed like those without a mark',
    ]);
    const waiting = rules(LOOKUP, '101:\tfrom all fwmark 0x3/0xff lookup 102');
    expect(messages(markWithoutRule, { ...files, 'rules.txt': waiting })).toEqual([
      expect.stringMatching(/^warning: .*0x2\/0xff.* waits for one that nobody sets$/),
    ]);
    const idle = routes(WAN1, 'default via 192.0.2.1 dev wan0 table 102');
    expect(messages(markWithoutRule, { ...files, 'routes.txt': idle })).toEqual([
      expect.stringMatching(/^warning: .*no policy rule looks into table 102$/),
    ]);
  });

  it('is silent about bits that no policy rule is about, and about the mark of all bits', () => {
    const other = { 'rules.v4': marks('0x1/0xff', '0x200/0xff00'), 'rules.txt': rules(LOOKUP) };
    expect(messages(markWithoutRule, other)).toEqual([]);
    const bypass = { 'rules.v4': marks('0x1/0xff', '0xff/0xff'), 'rules.txt': rules(LOOKUP) };
    expect(messages(markWithoutRule, bypass)).toEqual([]);
  });

  it('is silent about marks that a rule asks for: they are for filtering or translation', () => {
    const filter = [
      '*filter',
      ':FORWARD ACCEPT [0:0]',
      '-A FORWARD -m mark --mark 0x2/0xff -j DROP',
      'COMMIT',
      '',
    ].join('\n');
    const files = { 'rules.v4': marks('0x1/0xff', '0x2/0xff') + filter, 'rules.txt': rules(LOOKUP) };
    expect(messages(markWithoutRule, files)).toEqual([]);
  });

  it('is silent without policy rules, and about marks that are set after routing', () => {
    expect(messages(markWithoutRule, { 'rules.v4': marks('0x1/0xff', '0x2/0xff') })).toEqual([]);
    const late = [
      '*mangle',
      ':POSTROUTING ACCEPT [0:0]',
      '-A POSTROUTING -j MARK --set-xmark 0x2/0xff',
      'COMMIT',
      '',
    ].join('\n');
    expect(messages(markWithoutRule, { 'rules.v4': late, 'rules.txt': rules(LOOKUP) })).toEqual([]);
  });

  it('notes it where no policy rule asks for any mark, on a machine with several uplinks', () => {
    const second = routes('default via 198.51.100.1 dev wan1 metric 100');
    const files = { 'rules.v4': marks('0x1/0xff'), 'rules.txt': rules(), 'routes.txt': second };
    expect(findings(markWithoutRule, files).map(({ severity }) => severity)).toEqual(['note']);
    const alone = [MAIN, LINKS[0], LINKS[2], ''].join('\n');
    expect(messages(markWithoutRule, { ...files, 'routes.txt': alone })).toEqual([]);
  });

  it('asks the policy rules of the family that the table sees', () => {
    const v6 = marks('0x1/0xff', '0x2/0xff')
      .replace('iptables-save', 'ip6tables-save')
      .replaceAll(/192\.168\.1\.(\d)\/32/g, '2001:db8::$1/128');
    expect(messages(markWithoutRule, { 'rules.v6': v6, 'rules.txt': rules(LOOKUP) })).toEqual([]);
    expect(messages(markWithoutRule, { 'rules.v6': v6, 'rules6.txt': rules6(LOOKUP) })).toEqual([
      expect.stringContaining('no IPv6 policy rule asks for mark 0x2/0xff'),
    ]);
  });
});
