import { describe, expect, it } from 'vitest';
import { familiesDiffer } from '../../../../src/lint/checks/families-differ.ts';
import { findings, messages } from '../machine-of.ts';
import { table } from './table.ts';

describe('families-differ', () => {
  const pair = (v4: readonly string[], v6: readonly string[], chains = ['PREROUTING', 'user']) =>
    findings(familiesDiffer, {
      'rules.v4': table('mangle', chains, ...v4),
      'rules.v6': table('mangle', chains, ...v6),
    }).map(({ span, key }) => `${span.file}: ${key}`);

  const RESTORE = '-A PREROUTING -j CONNMARK --restore-mark';
  const MARK = '-A PREROUTING -i lan0 -j MARK --set-mark 0x1';
  const SAVE = '-A PREROUTING -j CONNMARK --save-mark';

  it('a save that one family lacks', () => {
    expect(pair([RESTORE, MARK, SAVE], [RESTORE, MARK])).toEqual([`rules.v4: ip mangle PREROUTING: ${SAVE}`]);
    expect(pair([RESTORE, MARK], [RESTORE, MARK, SAVE])).toEqual([
      `rules.v6: ip6 mangle PREROUTING: ${SAVE}`,
    ]);
  });

  it.each([
    [
      'addresses',
      ['-A user -s 192.0.2.9 -j MARK --set-mark 1', SAVE],
      ['-A user -s 2001:db8::9 -j MARK --set-mark 1', SAVE],
    ],
    [
      'ICMP',
      ['-A user -p icmp -m icmp --icmp-type 8 -j ACCEPT', SAVE],
      ['-A user -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT', SAVE],
    ],
    [
      'neighbour discovery',
      [RESTORE, SAVE],
      [RESTORE, '-A PREROUTING -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN', SAVE],
    ],
    ['DHCP', [RESTORE, '-A PREROUTING -p udp -m udp --dport 67 -j ACCEPT', SAVE], [RESTORE, SAVE]],
    [
      'a client that has one family',
      [RESTORE, SAVE, '-A PREROUTING -s 192.0.2.9 -j MARK --set-mark 1'],
      [RESTORE, SAVE],
    ],
    ['another policy altogether', [RESTORE, MARK, SAVE], ['-A PREROUTING -i wan6 -j ACCEPT', RESTORE]],
    ['no rules in the other', [RESTORE, MARK, SAVE], []],
  ])('%s: no difference', (_, v4, v6) => {
    expect(pair(v4, v6)).toEqual([]);
  });

  it('a firewall that drops IPv4 and lets IPv6 through', () => {
    const filter = (policy: string, rules: string) => `*filter\n:FORWARD ${policy} [0:0]\n${rules}COMMIT\n`;
    const drops = '-A FORWARD -i lan0 -j ACCEPT\n';
    const files = { 'rules.v4': filter('DROP', drops), 'rules.v6': filter('ACCEPT', '') };
    expect(messages(familiesDiffer, files)).toEqual([
      'note: chain FORWARD drops IPv4 that no rule takes, and lets all of IPv6 through: it has no rule',
    ]);
    expect(messages(familiesDiffer, { ...files, 'rules.v6': filter('DROP', '') })).toEqual([]);
  });
});
