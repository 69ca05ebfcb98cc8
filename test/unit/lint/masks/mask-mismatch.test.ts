import { describe, expect, it } from 'vitest';
import { maskMismatch } from '../../../../src/lint/checks/mask-mismatch.ts';
import { type Files, findings, messages } from '../machine-of.ts';
import { match, meta, nftRuleset } from '../nft-ruleset.ts';
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

  describe('copies that shift', () => {
    const LEFT = '--nfmask 0xff --ctmask 0xff00 --left-shift-mark 8';
    const RIGHT = '--nfmask 0xff --ctmask 0xff00 --right-shift-mark 8';
    const found = (restore: string, save: string, frame: (restore: string, save: string) => Files = saved) =>
      messages(maskMismatch, frame(restore, save));

    it('are silent where the restore is the reverse of the save', () => {
      expect(found(RIGHT, LEFT)).toEqual([]);
      expect(found(RIGHT.replace('0xff ', '0xfff '), LEFT)).toEqual([]);
      expect(found(RIGHT, LEFT.replace('0xff00', '0xffff'))).toEqual([]);
    });

    it('are found where the mark comes back as another', () => {
      const message = (becomes: string) => [
        `error: mark 0x12 is saved as connmark 0x1200 and restored as ${becomes}: masks and shifts of the two rules do not fit`,
      ];
      expect(found(RIGHT.replace('0xff00', '0xf00'), LEFT)).toEqual(message('0x2'));
      expect(found(RIGHT.replace('right-shift-mark 8', 'right-shift-mark 4'), LEFT)).toEqual(message('0x20'));
    });

    it('are found where the save does not clear the bits that it shifts to', () => {
      expect(found(RIGHT, LEFT.replace('0xff00', '0xff'))).toEqual([
        'error: mark 0x12 is saved as connmark 0x1200, and saving it again makes that 0x0: the shift puts it on bits that the mask does not clear',
      ]);
    });

    it('are silent where every packet is marked anew', () => {
      const anew = (restore: string, save: string) => ({
        'rules.v4': saved(restore, save)['rules.v4'].replace(
          ' -m mark --mark 0x0/0xff -i lan0 -j MARK',
          ' -j MARK',
        ),
      });
      expect(found(RIGHT.replace('0xff00', '0xf00'), LEFT, anew)).toEqual([]);
    });

    it('are found in IPv6', () => {
      const six = (restore: string, save: string) => ({
        'rules.v6': saved(restore, save)['rules.v4'].replace('iptables-save', 'ip6tables-save'),
      });
      expect(found(RIGHT, LEFT, six)).toEqual([]);
      expect(found(RIGHT.replace('0xff00', '0xf00'), LEFT, six)).toHaveLength(1);
    });

    it('are found in nft', () => {
      const nft = (right: number, left: number) => ({ 'rules.json': shiftingNft(right, left) });
      expect(messages(maskMismatch, nft(8, 8))).toEqual([]);
      expect(messages(maskMismatch, nft(8, 4))).toEqual([
        'error: mark 0x12 is saved as connmark 0x120 and restored as 0x1: masks and shifts of the two rules do not fit',
      ]);
    });

    it('have a cure under which the mark comes back', () => {
      const [restore, save] = [RIGHT.replace('0xff00', '0xf00'), LEFT];
      const [finding] = findings(maskMismatch, saved(restore, save));
      expect(finding?.cure?.split('\n').slice(1)).toEqual([
        '-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
        '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
      ]);
    });
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

/** `ct mark >> right` to the packet, a mark for what is new from inside, `meta mark << left` to its connection. */
function shiftingNft(right: number, left: number): string {
  const mark = meta('mark');
  const ctMark = { ct: { key: 'mark' } };
  const set = (key: unknown, value: unknown) => ({ mangle: { key, value } });
  const inside = match(meta('iifname'), 'lan0');
  const rules = [
    [set(mark, { '>>': [ctMark, right] })],
    [inside, match(mark, 0), set(mark, 0x12)],
    [inside, set(ctMark, { '<<': [mark, left] })],
  ];
  return nftRuleset('inet', { hook: 'prerouting', priority: -150, rules });
}
