import { describe, expect, it } from 'vitest';
import { markValueOutsideMask } from '../../../../src/lint/checks/mark-value-outside-mask.ts';
import { messages } from '../machine-of.ts';
import { policyRules, table, V4 } from './tables.ts';

describe('mark-value-outside-mask', () => {
  const one = (rule: string) => messages(markValueOutsideMask, { 'rules.v4': V4 + table('mangle', rule) });

  it('finds matches that never hold, and those that always do', () => {
    expect(one('-A PREROUTING -m mark --mark 0x100/0xff -j DROP')).toEqual([
      expect.stringContaining('no packet ever matches'),
    ]);
    expect(one('-A PREROUTING -m connmark ! --mark 0x1/0xf0 -j DROP')).toEqual([
      expect.stringContaining('every packet matches'),
    ]);
    expect(one('-A PREROUTING -m mark --mark 0x1/0 -j DROP')).toEqual([
      expect.stringContaining('no packet ever matches'),
    ]);
  });

  it('finds a set that flips bits, and knows --xor-mark, --or-mark and --set-mark, which do not err', () => {
    expect(one('-A PREROUTING -j MARK --set-xmark 0x101/0xff')).toEqual([
      expect.stringContaining('bits 0x100 of the mark'),
    ]);
    expect(one('-A PREROUTING -j CONNMARK --set-xmark 0x101/0xff')).toEqual([
      expect.stringContaining('bits 0x100 of the connmark'),
    ]);
    for (const set of [
      '--set-mark 0x101/0xff',
      '--xor-mark 0x1',
      '--or-mark 0x1',
      '--and-mark 0xff',
      '--set-xmark 0x1/0xff',
    ])
      expect(one(`-A PREROUTING -j MARK ${set}`), set).toEqual([]);
  });

  it('says what a policy rule takes instead', () => {
    const rules = (line: string) => messages(markValueOutsideMask, { 'rules.txt': policyRules(line) });
    expect(rules('100:\tfrom all fwmark 0x101/0xff lookup 9')).toEqual([
      expect.stringContaining('takes packets with 0x1/0xff'),
    ]);
    expect(rules('100:\tfrom all fwmark 0x100/0xff lookup 9')).toEqual([
      expect.stringContaining('takes every packet without a mark under 0xff'),
    ]);
    expect(rules('100:\tnot from all fwmark 0x101/0xff lookup 9')).toEqual([
      expect.stringContaining('takes every packet but those with 0x1/0xff'),
    ]);
    expect(rules('100:\tnot from all fwmark 0x100/0xff lookup 9')).toEqual([
      expect.stringContaining('takes every packet with a mark under 0xff'),
    ]);
    expect(rules('100:\tnot from all fwmark 0x100/0 lookup 9')).toEqual([
      expect.stringContaining('takes no packet'),
    ]);
    expect(rules('100:\tfrom all fwmark 0x1/0xff lookup 9')).toEqual([]);
  });
});
