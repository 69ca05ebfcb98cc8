import { describe, expect, it } from 'vitest';
import { natBeforeNotrack } from '../../../../src/lint/checks/nat-before-notrack.ts';
import { findings } from '../machine-of.ts';
import { nat, raw, WAN0 } from './parts.ts';

describe('nat-before-notrack', () => {
  const dead = (notrack: readonly string[], ...rules: readonly string[]) =>
    findings(natBeforeNotrack, { 'rules.v4': raw(...notrack) + nat(...rules) }).length;
  const FORWARD = '-A PREROUTING -i wan0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.53';

  it('a forward whose every packet raw leaves untracked', () => {
    expect(dead(['-A PREROUTING -p udp -j CT --notrack'], FORWARD)).toBe(1);
    expect(dead(['-A PREROUTING -j NOTRACK'], FORWARD)).toBe(1);
    expect(dead(['-A PREROUTING -p udp -m udp --dport 1:1024 -j CT --notrack'], FORWARD)).toBe(1);
    expect(
      dead(
        ['-A PREROUTING -i wan0 -p udp -m udp --dport 53 -m limit --limit 5/sec -j CT --notrack'],
        FORWARD,
      ),
    ).toBe(0);
    expect(dead(['-A PREROUTING -i lan0 -p udp -j CT --notrack'], FORWARD)).toBe(0);
    expect(dead(['-A PREROUTING -p udp -m udp --sport 53 -j CT --notrack'], FORWARD)).toBe(0);
    expect(dead(['-A PREROUTING -i wan0 -j ACCEPT', '-A PREROUTING -p udp -j CT --notrack'], FORWARD)).toBe(
      0,
    );
    expect(dead(['-A OUTPUT -p udp -j CT --notrack'], FORWARD)).toBe(0);
  });

  it('masquerade needs both ways to it untracked', () => {
    expect(dead(['-A PREROUTING -j NOTRACK'], WAN0)).toBe(0);
    expect(dead(['-A PREROUTING -j NOTRACK', '-A OUTPUT -j NOTRACK'], WAN0)).toBe(1);
    expect(dead(['-A PREROUTING -p udp -j NOTRACK', '-A OUTPUT -p udp -j NOTRACK'], WAN0)).toBe(0);
  });
});
