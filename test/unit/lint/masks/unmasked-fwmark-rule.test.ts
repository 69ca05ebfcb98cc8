import { describe, expect, it } from 'vitest';
import { unmaskedFwmarkRule } from '../../../../src/lint/checks/unmasked-fwmark-rule.ts';
import { findings, messages } from '../machine-of.ts';
import { NETBIRD, policyRules, TAILSCALE, table, V4 } from './tables.ts';

describe('unmasked-fwmark-rule', () => {
  const two =
    V4 +
    table(
      'mangle',
      '-A PREROUTING -i lan0 -j MARK --set-xmark 0x1/0xff',
      '-A PREROUTING -i lan0 -p udp -j MARK --set-xmark 0x100/0xff00',
    );

  it('shows the packet that carries more than the rule asks for, and gives the mask', () => {
    const [finding] = findings(unmaskedFwmarkRule, {
      'rules.v4': two,
      'rules.txt': policyRules('100:\tfrom all fwmark 0x1 lookup 101'),
    });
    expect(finding?.message).toContain('comes to it with 0x101');
    expect(finding?.flow?.packets[0]?.mark).toBe(0x101);
    expect(finding?.fix?.map(({ text }) => text)).toEqual(['0x1/0xff']);
  });

  it('is silent where the word is set as a whole and nothing adds to it', () => {
    const files = {
      'rules.v4': V4 + table('mangle', '-A PREROUTING -i lan0 -j MARK --set-mark 0x1'),
      'rules.txt': policyRules('100:\tfrom all fwmark 0x1 lookup 101'),
    };
    expect(messages(unmaskedFwmarkRule, files)).toEqual([]);
  });

  it('is silent with a mask, and about marks that only sockets carry', () => {
    const rules = (line: string) => ({ 'rules.v4': two, 'rules.txt': policyRules(line) });
    expect(messages(unmaskedFwmarkRule, rules('100:\tfrom all fwmark 0x1/0xff lookup 101'))).toEqual([]);
    expect(messages(unmaskedFwmarkRule, rules('100:\tfrom all fwmark 0x77 lookup 101'))).toEqual([]);
  });

  it("knows that a program's sockets bring their own bits to a masked set in OUTPUT", () => {
    const files = {
      'rules.v4': V4 + table('mangle', '-A OUTPUT -j MARK --set-xmark 0x1/0xff') + TAILSCALE,
      'rules.txt': policyRules('100:\tfrom all fwmark 0x1 lookup 101'),
    };
    expect(messages(unmaskedFwmarkRule, files)).toEqual([expect.stringContaining('0x80000 of Tailscale')]);
  });

  it("leaves known programs' own rules alone", () => {
    const files = {
      'rules.v4': two + NETBIRD,
      'rules.txt': policyRules('110:\tnot from all fwmark 0x1bd00 lookup 7120'),
    };
    expect(messages(unmaskedFwmarkRule, files)).toEqual([]);
  });
});
