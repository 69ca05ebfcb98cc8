import { describe, expect, it } from 'vitest';
import { foreignBitsClobbered } from '../../../../src/lint/checks/foreign-bits-clobbered.ts';
import { markOverlap } from '../../../../src/lint/checks/mark-overlap.ts';
import { lint } from '../../../../src/lint/lint.ts';
import type { Machine } from '../../../../src/lint/machine.ts';
import { machineOf } from '../machine-of.ts';
import { table, V4 } from './tables.ts';

describe('programs that the settings name', () => {
  const rules =
    V4 + table('mangle', '-A OUTPUT -j MARK --set-mark 0x1', '-A PREROUTING -j CONNMARK --save-mark');
  const found = (around: Partial<Machine>) =>
    lint({ ...machineOf({ 'rules.v4': rules }), ...around }, [foreignBitsClobbered, markOverlap]).map(
      ({ check, message }) => `${check}: ${message}`,
    );

  it('have marks though nothing of them is seen', () => {
    expect(found({})).toEqual([]);
    expect(found({ neighbours: ['wg-quick'] })).toContainEqual(
      expect.stringContaining('the whole mark is overwritten, and with it the bits of wg-quick'),
    );
  });

  it('may be bits alone, wherever they come from', () => {
    const reserved = [{ name: 'billing', mask: 0xf00 }];
    expect(found({ reserved })).toEqual([
      expect.stringContaining('the whole mark is overwritten, and with it the bits of billing (0xf00'),
      expect.stringContaining('the whole connmark is overwritten, and with it the bits of billing (0xf00'),
    ]);
    expect(found({ reserved: [{ name: 'billing', mask: 0xf }] })).toContainEqual(
      expect.stringMatching(/^mark-overlap: mark 0x1 is set in bits 0x1, which are billing's/),
    );
  });
});
