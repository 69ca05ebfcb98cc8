import { describe, expect, it } from 'vitest';
import { ruleWithoutMark } from '../../../../src/lint/checks/rule-without-mark.ts';
import { messages } from '../machine-of.ts';
import { LOOKUP, mangle, RESTORE, routes, rules, SET, WAN1 } from './router.ts';

describe('rule-without-mark', () => {
  const two = rules(
    LOOKUP,
    '101:\tfrom all fwmark 0x2/0xff lookup 102',
    '201:\tfrom all fwmark 0x2/0xff unreachable',
  );

  it('finds the rule that waits in vain, once for lookup and guard', () => {
    expect(messages(ruleWithoutMark, { 'rules.v4': mangle(SET), 'rules.txt': two })).toEqual([
      'note: no rule sets mark 0x2/0xff, which this policy rule asks for',
    ]);
  });

  it('is silent about the rule of a WAN that unmarked packets take anyway', () => {
    const spare = rules(LOOKUP, '101:\tfrom all fwmark 0x2/0xff lookup 102');
    const listed = (device: string) => ({
      'rules.v4': mangle(SET),
      'rules.txt': spare,
      'routes.txt': routes(WAN1, `default dev ${device} table 102`),
    });
    expect(messages(ruleWithoutMark, listed('wan0'))).toEqual([]);
    expect(messages(ruleWithoutMark, listed('wan2'))).toHaveLength(1);
  });

  it('is silent where bits are put together, restored, or come out of a hash', () => {
    const one = rules('101:\tfrom all fwmark 0x3/0xff lookup 102');
    const added = mangle('-A PREROUTING -j MARK --or-mark 0x1', '-A PREROUTING -p udp -j MARK --or-mark 0x2');
    expect(messages(ruleWithoutMark, { 'rules.v4': added, 'rules.txt': one })).toEqual([]);
    const restored = mangle('-A PREROUTING -i wan0 -j CONNMARK --set-xmark 0x3/0xff', RESTORE);
    expect(messages(ruleWithoutMark, { 'rules.v4': restored, 'rules.txt': one })).toEqual([]);
    const hashed = mangle(
      '-A PREROUTING -j HMARK --hmark-tuple src,dst --hmark-mod 4 --hmark-offset 1 --hmark-rnd 7',
    );
    expect(messages(ruleWithoutMark, { 'rules.v4': hashed, 'rules.txt': one })).toEqual([]);
  });

  it('is silent about known programs and without rulesets', () => {
    const netbird = rules(
      '105:\tfrom all lookup main suppress_prefixlength 0',
      '110:\tnot from all fwmark 0x1bd00 lookup 7120',
    );
    expect(messages(ruleWithoutMark, { 'rules.v4': mangle(SET), 'rules.txt': netbird })).toEqual([]);
    const tailscale = rules(
      '5210:\tfrom all fwmark 0x80000/0xff0000 lookup main',
      '5270:\tfrom all lookup 52',
    );
    expect(messages(ruleWithoutMark, { 'rules.v4': mangle(SET), 'rules.txt': tailscale })).toEqual([]);
    expect(messages(ruleWithoutMark, { 'rules.txt': two })).toEqual([]);
  });
});
