import { describe, expect, it } from 'vitest';
import { repliesRoutedByMark } from '../../../../src/lint/checks/replies-routed-by-mark.ts';
import { findings, messages } from '../machine-of.ts';
import {
  GUARD,
  LOOKUP,
  MAIN_FIRST,
  mangle,
  RESTORE,
  ROUTER,
  routes,
  rules,
  SAVE,
  SET,
  SNAT,
  WAN1,
} from './router.ts';

describe('replies-routed-by-mark', () => {
  const without = { ...ROUTER, 'rules.txt': rules(LOOKUP, GUARD) };

  it('follows a reply out of the WAN it came from', () => {
    const [finding, ...others] = findings(repliesRoutedByMark, without);
    expect(others).toEqual([]);
    expect(finding?.message).toBe(
      'replies to clients behind lan0 carry the restored mark, and this policy rule sends them out by wan1 again',
    );
    expect(finding?.flow?.packets.find(({ name }) => name === 'R')).toMatchObject({
      mark: 1,
      exit: expect.stringMatching(/wan1|dropped/),
    });
  });

  it('speaks of no mark where there is none', () => {
    const tunnel = {
      'rules.txt': rules('200:\tnot from all fwmark 0xca6c lookup 51820'),
      'routes.txt': routes('default dev wg0 table 51820 scope link'),
    };
    expect(messages(repliesRoutedByMark, tunnel)).toEqual([
      'error: this policy rule sends replies to clients behind lan0 out by wg0 again',
    ]);
  });

  it('moves the rule where nothing is free before it', () => {
    const first = LOOKUP.replace('100:', '1:');
    const [finding] = findings(repliesRoutedByMark, { ...without, 'rules.txt': rules(first, GUARD) });
    expect(finding?.cure?.split('\n').slice(1)).toEqual([
      'ip rule add from all fwmark 0x1/0xff lookup 101 priority 2',
      'ip rule del from all fwmark 0x1/0xff lookup 101 priority 1',
      'ip rule add lookup main suppress_prefixlength 0 priority 1',
    ]);
  });

  it('is silent where the table knows the inside, or the mark is restored one way only', () => {
    const known = { ...without, 'routes.txt': routes(WAN1, '192.168.1.0/24 dev lan0 table 101') };
    expect(messages(repliesRoutedByMark, known)).toEqual([]);
    const oneWay = {
      ...without,
      'rules.v4': mangle(RESTORE.replace('PREROUTING', 'PREROUTING -i lan0'), SET, SAVE) + SNAT,
    };
    expect(messages(repliesRoutedByMark, oneWay)).toEqual([]);
  });

  it('is silent about what comes back to a connection that is forgotten already', () => {
    const drawn = '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j MARK --set-xmark 0x1/0xff';
    const again =
      '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x2/0xff';
    const entry = '-A PREROUTING -i wan1 -m conntrack --ctstate NEW -j MARK --set-xmark 0x1/0xff';
    const files = { ...ROUTER, 'rules.v4': mangle(RESTORE, entry, drawn, again, SAVE) + SNAT };
    expect(messages(repliesRoutedByMark, files)).toEqual([]);
  });

  it('finds the forwarded port whose later packets turn round', () => {
    const files = {
      'rules.v4':
        mangle(RESTORE, '-A PREROUTING -i wan1 -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x1/0xff') +
        SNAT.replace(
          'COMMIT',
          '-A PREROUTING -i wan1 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.121:22\nCOMMIT',
        ),
      'rules.txt': rules(LOOKUP, GUARD),
      'routes.txt': routes(WAN1),
    };
    expect(messages(repliesRoutedByMark, files)).toEqual([
      expect.stringContaining('packets of a port forwarded from wan1'),
    ]);
    expect(
      messages(repliesRoutedByMark, { ...files, 'rules.txt': rules(MAIN_FIRST, LOOKUP, GUARD) }),
    ).toEqual([]);
  });
});

describe('replies-routed-by-mark on a router with several networks inside', () => {
  const MARKS = (...more: readonly string[]) => `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A PREROUTING -i lan1 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x2/0xff
${more.join('\n')}
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`;
  const RULES = (guard: string) =>
    `0: from all lookup local\n${guard}101: from all fwmark 0x1/0xff lookup 101\n102: from all fwmark 0x2/0xff lookup 102\n32766: from all lookup main\n32767: from all lookup default\n`;
  const SPECIFIC = '50: from all lookup main suppress_prefixlength 0\n';
  const ROUTES = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
192.168.2.0/24 dev lan1 proto kernel scope link src 192.168.2.1
10.5.0.0/16 via 192.168.1.2 dev lan0
default via 192.0.2.1 dev wan0 table 101
default via 198.51.100.1 dev wan1 table 102
`;
  const found = (guard: string, ...more: readonly string[]) =>
    findings(repliesRoutedByMark, {
      'rules.v4': MARKS(...more),
      'rules.txt': RULES(guard),
      'routes.txt': ROUTES,
    });

  it('is silent where the specific routes of main come first, whatever sources the rules ask for', () => {
    const behind = '-A PREROUTING -i lan0 -s 10.5.7.0/24 -j MARK --set-xmark 0x2/0xff';
    const nobody = '-A PREROUTING -i lan0 -s 172.16.9.0/24 -j MARK --set-xmark 0x2/0xff';
    expect(found(SPECIFIC, behind, nobody)).toEqual([]);
  });

  it('tells of each network with a host of it where they do not', () => {
    const flows = found('').map(({ flow }) => `${flow?.flow.source} ${flow?.flow.in}`);
    expect(flows).toEqual(['192.168.1.2 lan0', '192.168.2.2 lan1']);
  });
});
