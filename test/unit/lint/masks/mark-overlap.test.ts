import { describe, expect, it } from 'vitest';
import { markOverlap } from '../../../../src/lint/checks/mark-overlap.ts';
import { findings, messages } from '../machine-of.ts';
import { NETBIRD, policyRules, severities, TAILSCALE, table, V4 } from './tables.ts';

describe('mark-overlap', () => {
  const mwan3 = table(
    'mangle',
    '-A PREROUTING -j mwan3_hook',
    '-A mwan3_hook -m mark --mark 0x0/0x3f00 -j MARK --set-xmark 0x100/0x3f00',
  );

  it("finds an own mark in a program's bits, masked or not", () => {
    for (const set of ['--set-xmark 0x10000/0xff0000', '--set-mark 0x40000']) {
      const rules = V4 + table('mangle', `-A PREROUTING -i lan0 -j MARK ${set}`) + TAILSCALE;
      expect(messages(markOverlap, { 'rules.v4': rules }), set).toEqual([
        expect.stringContaining("which are Tailscale's"),
      ]);
    }
  });

  it('is silent about other bits, and about whole words that the program does not take for its own', () => {
    for (const set of ['--set-xmark 0x1/0xff', '--set-mark 0x10000', '--set-xmark 0x1000000/0xff000000']) {
      const rules = V4 + table('mangle', `-A PREROUTING -i lan0 -j MARK ${set}`) + TAILSCALE;
      expect(messages(markOverlap, { 'rules.v4': rules }), set).toEqual([]);
    }
  });

  it('finds two programs with the same bits', () => {
    const pbr = table(
      'mangle',
      '-A PREROUTING -j pbr_prerouting',
      '-A pbr_prerouting -s 192.168.1.7/32 -j MARK --set-xmark 0x10000/0xff0000',
    );
    expect(messages(markOverlap, { 'rules.v4': V4 + pbr + TAILSCALE })).toEqual([
      'warning: Tailscale (chain ts-forward) and OpenWrt pbr (chain pbr_prerouting) both use bits 0xff0000 of the mark',
    ]);
  });

  it("takes polywan's own policy rules for polywan's where they look like another program's", () => {
    const files = (more: string) => ({
      'rules.v4': V4 + table('mangle', '-A PREROUTING -i lan0 -j MARK --set-xmark 0x10000/0xff0000'),
      'rules.txt': policyRules(`5230:\tfrom all fwmark 0x80000/0xff0000 lookup 52${more}`),
    });
    expect(messages(markOverlap, files(''))).toEqual([expect.stringContaining("which are Tailscale's")]);
    expect(messages(markOverlap, files(' proto 87'))).toEqual([
      expect.stringContaining("which are polywan's"),
    ]);
  });

  it("finds a program's whole-word mark that a router takes for its own: an error once its policy rule is there", () => {
    const rules = { 'rules.v4': V4 + mwan3 + NETBIRD };
    expect(severities(rules, markOverlap)).toEqual(['warning']);
    const [finding] = findings(markOverlap, {
      ...rules,
      'rules.txt': policyRules(
        '110:\tnot from all fwmark 0x1bd00 lookup 7120',
        '2001:\tfrom all fwmark 0x100/0x3f00 lookup 1',
        '2061:\tfrom all fwmark 0x3d00/0x3f00 blackhole',
      ),
    });
    expect(finding).toMatchObject({
      severity: 'error',
      path: [{ rule: '2061: from all fwmark 0x3d00/0x3f00 blackhole' }],
    });
  });

  it('is silent where the policy rules are there and none takes the mark', () => {
    const files = {
      'rules.v4': V4 + mwan3 + NETBIRD,
      'rules.txt': policyRules(
        '110:\tnot from all fwmark 0x1bd00 lookup 7120',
        '2001:\tfrom all fwmark 0x100/0x3f00 lookup 1',
      ),
    };
    expect(messages(markOverlap, files)).toEqual([]);
  });

  it('finds a policy rule whose marks an earlier one takes', () => {
    const rules = policyRules(
      '100:\tfrom all fwmark 0x1/0x1 lookup 101',
      '101:\tfrom all fwmark 0x3/0xff lookup 102',
    );
    expect(messages(markOverlap, { 'rules.txt': rules })).toEqual([
      expect.stringContaining('0x3/0xff is taken by the policy rule of priority 100'),
    ]);
    const ordered = policyRules(
      '100:\tfrom all fwmark 0x3/0xff lookup 102',
      '101:\tfrom all fwmark 0x1/0x1 lookup 101',
    );
    expect(messages(markOverlap, { 'rules.txt': ordered })).toEqual([]);
  });
});
