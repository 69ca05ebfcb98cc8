import { describe, expect, it } from 'vitest';
import { markLeaksToMain } from '../../../../src/lint/checks/mark-leaks-to-main.ts';
import { findings, messages } from '../machine-of.ts';
import { GUARD, LOOKUP, routes, rules, rules6 } from './router.ts';

describe('mark-leaks-to-main', () => {
  const leak = (device: string, ...lines: readonly string[]) => ({
    'rules.txt': rules(LOOKUP, ...lines),
    'routes.txt': routes(`default dev ${device} table 101`),
  });

  it('is a warning for a tunnel, a note for an uplink', () => {
    expect(messages(markLeaksToMain, leak('wg0'))).toEqual([
      expect.stringMatching(/^warning: when wg0 is down, packets with mark 0x1 leave by wan0/),
    ]);
    expect(messages(markLeaksToMain, leak('wan1'))).toEqual([
      expect.stringMatching(/^note: when wan1 is down/),
    ]);
  });

  it('is silent with a guard, by rule or in the table', () => {
    expect(messages(markLeaksToMain, leak('wg0', GUARD))).toEqual([]);
    expect(messages(markLeaksToMain, leak('wg0', '200:\tfrom all fwmark 0x1/0xff blackhole'))).toEqual([]);
    const inTable = {
      'rules.txt': rules(LOOKUP),
      'routes.txt': routes('default dev wg0 table 101', 'unreachable default table 101 metric 4278198272'),
    };
    expect(messages(markLeaksToMain, inTable)).toEqual([]);
  });

  it('proposes a guard behind the rule, where no priority is taken', () => {
    const [finding] = findings(markLeaksToMain, leak('wg0', '101:\tfrom all iif lan9 lookup 102'));
    expect(finding?.cure).toBe('ip rule add fwmark 0x1/0xff unreachable priority 102');
  });

  it('moves the rule with the guard where nothing is free before main', () => {
    const guard = '32768:\tfrom all fwmark 0x1/0xff unreachable';
    const [finding] = findings(markLeaksToMain, {
      'rules.txt': `${rules('32764:\tfrom all fwmark 0x2/0xff lookup 102', '32765:\tfrom all fwmark 0x1/0xff lookup 101')}${guard}\n`,
      'routes.txt': routes('default dev wg0 table 101'),
    });
    expect(finding?.cure?.split('\n').slice(1)).toEqual([
      'ip rule add from all fwmark 0x1/0xff lookup 101 priority 32762',
      'ip rule del from all fwmark 0x1/0xff lookup 101 priority 32765',
      'ip rule add fwmark 0x1/0xff unreachable priority 32763',
    ]);
  });

  it('is found in IPv6', () => {
    const files = {
      'rules6.txt': rules6('100:\tfrom all fwmark 0x1/0xff lookup 101'),
      'routes6.txt':
        'default via 2001:db8:1::1 dev wan0 metric 1024 pref medium\n2001:db8:1::/64 dev wan0 proto kernel metric 256 pref medium\ndefault dev wg0 table 101 metric 1024 pref medium\n',
    };
    expect(messages(markLeaksToMain, files)).toEqual([expect.stringContaining('leave by wan0')]);
  });
});
