import { describe, expect, it } from 'vitest';
import { tableWithoutDefault } from '../../../../src/lint/checks/table-without-default.ts';
import { type Files, findings, messages } from '../machine-of.ts';
import { GUARD, LINKS, LOOKUP, MAIN, MAIN_FIRST, routes, rules, WAN1 } from './router.ts';

describe('table-without-default', () => {
  const files = (lines: readonly string[], ...listed: readonly string[]): Files => ({
    'rules.txt': rules(...lines),
    'routes.txt': routes(...listed),
  });

  it('says where the packets go instead', () => {
    const [finding] = findings(tableWithoutDefault, files([LOOKUP]));
    expect(finding).toMatchObject({
      severity: 'error',
      message: 'table 101 is empty: packets with mark 0x1 leave by wan0 instead',
    });
    expect(finding?.flow?.packets[0]).toMatchObject({ mark: 1, exit: 'wan0' });
  });

  it('shows a flow to a host that only defaults lead to, and a way out by the uplink without a table', () => {
    const [finding] = findings(tableWithoutDefault, {
      'rules.txt': rules(LOOKUP, '102:\tfrom all fwmark 0x2/0xff lookup 102'),
      'routes.txt':
        'default via 198.51.100.1 dev eth0\n198.51.100.0/24 dev eth0 scope link\n203.0.113.0/24 dev eth1 scope link\n172.16.0.0/24 dev eth2 scope link\ndefault via 203.0.113.1 dev eth1 table 102\n',
    });
    expect(finding?.flow).toMatchObject({ flow: { in: 'eth2', destination: '192.0.2.77' } });
    expect(finding?.cure).toContain('ip route add default via 198.51.100.1 dev eth0 table 101\n');
  });

  it('is a warning where a guard stops them', () => {
    expect(messages(tableWithoutDefault, files([LOOKUP, GUARD]))).toEqual([
      'warning: table 101 is empty: packets with mark 0x1 have nowhere to go (unreachable)',
    ]);
  });

  it('takes two halves for a default, and a table that delivers to this machine', () => {
    expect(
      messages(
        tableWithoutDefault,
        files([LOOKUP], '0.0.0.0/1 dev wg0 table 101', '128.0.0.0/1 dev wg0 table 101'),
      ),
    ).toEqual([]);
    expect(
      messages(tableWithoutDefault, files([LOOKUP], 'local default dev lo table 101 scope host')),
    ).toEqual([]);
  });

  it('is silent where two halves stand for the default, and an uplink is in a network of documentation', () => {
    const halves = ['0.0.0.0/1 dev wan2 table 101', '128.0.0.0/1 dev wan2 table 101'];
    const link = '203.0.113.0/24 dev wan2 proto kernel scope link src 203.0.113.2';
    expect(messages(tableWithoutDefault, files([MAIN_FIRST, LOOKUP], link, ...halves))).toEqual([]);
  });

  it('is silent where another rule with the mark has a way, and where main alone is listed', () => {
    const second = [LOOKUP, '101:\tfrom all fwmark 0x1/0xff lookup 102'];
    expect(messages(tableWithoutDefault, files(second, WAN1.replace('101', '102')))).toEqual([]);
    expect(
      messages(tableWithoutDefault, {
        'rules.txt': rules(LOOKUP),
        'routes.txt': [MAIN, ...LINKS, ''].join('\n'),
      }),
    ).toEqual([]);
  });
});
