import { describe, expect, it } from 'vitest';
import { masqueradeCatchesLoopback } from '../../../../src/lint/checks/masquerade-catches-loopback.ts';
import { masqueradeEverything } from '../../../../src/lint/checks/masquerade-everything.ts';
import { findings } from '../machine-of.ts';
import { nat, ROLES, raw } from './parts.ts';

describe('masquerade-everything and masquerade-catches-loopback', () => {
  const both = (...rules: readonly string[]) =>
    [masqueradeEverything, masqueradeCatchesLoopback].map(
      (check) => findings(check, { 'rules.v4': nat(...rules) }, ROLES).length,
    );

  it.each([
    [1, 0, ['-A POSTROUTING -j MASQUERADE']],
    [1, 0, ['-A POSTROUTING -j SNAT --to-source 198.51.100.9']],
    [2, 0, ['-A POSTROUTING -p tcp -j MASQUERADE', '-A POSTROUTING -p udp -j MASQUERADE']],
    [1, 0, ['-A POSTROUTING -j own', '-A own -j MASQUERADE']],
    [0, 1, ['-A POSTROUTING ! -o lan0 -j MASQUERADE']],
    [0, 1, ['-A POSTROUTING ! -d 172.17.0.0/16 -j MASQUERADE']],
    [0, 1, ['-A POSTROUTING -s 127.0.0.0/8 -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -o lo -j RETURN', '-A POSTROUTING ! -o lan0 -j MASQUERADE']],
    [
      0,
      0,
      ['-A POSTROUTING -o lan+ -j RETURN', '-A POSTROUTING -o lo -j RETURN', '-A POSTROUTING -j MASQUERADE'],
    ],
    [0, 0, ['-A POSTROUTING -o wan0 -j own', '-A own -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -m conntrack --ctstate DNAT -j MASQUERADE']],
    [0, 0, ['-A POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN', '-A POSTROUTING -j MASQUERADE']],
  ])('%d and %d: %j', (everything, loopback, rules) => {
    expect(both(...rules)).toEqual([everything, loopback]);
  });

  it('who leaves by several uplinks is translated at each, by an address at the one that has it', () => {
    const cure = (...rules: readonly string[]) =>
      findings(masqueradeEverything, { 'rules.v4': nat(...rules) }, { ...ROLES, wan: ['wan0', 'ppp*'] }).map(
        (found) => found.cure,
      );
    expect(cure('-A POSTROUTING -p tcp -j MASQUERADE')).toEqual([
      '-A POSTROUTING -o wan0 -p tcp -j MASQUERADE\n-A POSTROUTING -o ppp+ -p tcp -j MASQUERADE',
    ]);
    expect(cure('-A POSTROUTING -j SNAT --to-source 198.51.100.9')).toEqual([
      '-A POSTROUTING -o wan0 -j SNAT --to-source 198.51.100.9',
    ]);
  });

  it('what is never tracked on lo is not translated', () => {
    const untracked = raw('-A OUTPUT -o lo -j CT --notrack') + nat('-A POSTROUTING ! -o lan0 -j MASQUERADE');
    expect(findings(masqueradeCatchesLoopback, { 'rules.v4': untracked })).toEqual([]);
  });

  it('IPv6 is asked for by itself', () => {
    expect(
      findings(masqueradeEverything, { 'rules.v6': nat('-A POSTROUTING -j MASQUERADE') }, ROLES),
    ).toHaveLength(1);
    expect(
      findings(
        masqueradeCatchesLoopback,
        { 'rules.v6': nat('-A POSTROUTING ! -o lan0 -j MASQUERADE') },
        ROLES,
      ),
    ).toHaveLength(1);
  });
});
