import { describe, expect, it } from 'vitest';
import { maskMismatch } from '../../../../src/lint/checks/mask-mismatch.ts';
import { findings, messages } from '../machine-of.ts';
import { table, V4 } from './tables.ts';

describe('mask-mismatch', () => {
  const saved = (restore: string, save: string, ...more: readonly string[]) => ({
    'rules.v4':
      V4 +
      table(
        'mangle',
        `-A PREROUTING -j CONNMARK --restore-mark ${restore}`,
        '-A PREROUTING -m mark --mark 0x0/0xff -i lan0 -j MARK --set-xmark 0x12/0xff',
        ...more,
        `-A PREROUTING -j CONNMARK --save-mark ${save}`,
      ),
  });

  it('says what comes back when a restore has fewer bits than the save', () => {
    expect(messages(maskMismatch, saved('--mask 0xf', '--mask 0xff'))).toEqual([
      'error: mark 0x12 is saved under 0xff and restored under 0xf: it comes back as 0x2',
    ]);
  });

  it('is silent where the masks are the same, wider than the marks, or in two pairs', () => {
    expect(messages(maskMismatch, saved('--mask 0xff', '--mask 0xff'))).toEqual([]);
    expect(messages(maskMismatch, saved('--mask 0xffff', '--mask 0xff'))).toEqual([]);
    const pairs = saved('--mask 0xf', '--mask 0xf', '-A PREROUTING -j CONNMARK --save-mark --mask 0xf0');
    const both = {
      'rules.v4': pairs['rules.v4'].replace(
        '-A PREROUTING -m',
        '-A PREROUTING -j CONNMARK --restore-mark --mask 0xf0\n-A PREROUTING -m',
      ),
    };
    expect(messages(maskMismatch, both)).toEqual([]);
  });

  it('is silent where every packet is marked anew after the restore', () => {
    const rules = saved('--mask 0xf', '--mask 0xff')['rules.v4'].replace(' -m mark --mark 0x0/0xff', '');
    const both = rules.replace(' -i lan0 -j MARK', ' -j MARK');
    expect(messages(maskMismatch, { 'rules.v4': both })).toEqual([]);
  });

  it('finds bits that are taken over but not cleared: they are flipped', () => {
    const [finding] = findings(maskMismatch, saved('--mask 0xff', '--nfmask 0xff --ctmask 0xf'));
    expect(finding?.message).toContain('bits 0x10 are taken over but not cleared');
    expect(finding?.severity).toBe('error');
  });

  it('finds a save that wipes another mark of the connection', () => {
    const wiping = saved(
      '--mask 0xff',
      '--nfmask 0xff --ctmask 0xffff',
      '-A PREROUTING -p udp -j CONNMARK --set-xmark 0x300/0xff00',
    );
    expect(messages(maskMismatch, wiping)).toEqual([
      expect.stringContaining('bits 0x300 of the connmark are cleared'),
    ]);
  });

  it('finds a connmark match on bits that nothing writes', () => {
    const asked = saved(
      '--mask 0xff',
      '--mask 0xff',
      '-A PREROUTING -m connmark --mark 0x100/0xff00 -j DROP',
    );
    expect(messages(maskMismatch, asked)).toEqual([
      'warning: the connmark is asked for bits 0x100, which no rule ever writes: it never matches',
    ]);
  });

  it('finds a guard on connmark bits that nothing writes, and leaves one that asks for some that are', () => {
    const guard = (mask: string) =>
      saved('--mask 0xff', '--mask 0xff', `-A PREROUTING -m connmark ! --mark 0x0/${mask} -j ACCEPT`);
    expect(messages(maskMismatch, guard('0xff00'))).toEqual([
      'warning: the connmark is asked for bits 0xff00, which no rule ever writes: it never matches',
    ]);
    expect(messages(maskMismatch, guard('0xfff0'))).toEqual([]);
    expect(messages(maskMismatch, guard('0xff'))).toEqual([]);
  });
});
