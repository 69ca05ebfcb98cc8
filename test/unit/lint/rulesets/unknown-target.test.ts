import { describe, expect, it } from 'vitest';
import { unknownTarget } from '../../../../src/lint/checks/unknown-target.ts';
import { messages } from '../machine-of.ts';
import { table } from './table.ts';

describe('unknown-target', () => {
  it('one finding for each target, and for each form of one that is known', () => {
    const rules = [
      '-A PREROUTING -s 192.0.2.1 -j IPMARK --addr src',
      '-A PREROUTING -s 192.0.2.2 -j IPMARK --addr dst',
      '-A PREROUTING -j CONNMARK --set-return 0x1/0xff',
      '-A PREROUTING -j TTL --ttl-set 64',
    ];
    expect(messages(unknownTarget, { 'rules.v4': table('mangle', ['PREROUTING'], ...rules) })).toEqual([
      'note: what the target IPMARK does is not known (2 rules): packets that get here are not followed any further',
      'note: CONNMARK --set-return exists only in the kernels of Tomato and asuswrt, others refuse the table: packets that get here are not followed any further',
    ]);
  });
});
