import { describe, expect, it } from 'vitest';
import { defaultByTwoWans } from '../../../../src/lint/checks/default-by-two-wans.ts';
import { findings, messages } from '../machine-of.ts';
import { LINKS, LOCAL, mangle, routes, rules } from './router.ts';

describe('default-by-two-wans', () => {
  const SHARED = [
    'default proto static',
    '\tnexthop via 192.0.2.1 dev wan0 weight 1',
    '\tnexthop via 198.51.100.1 dev wan1 weight 1',
  ];
  const shared = (rule: readonly string[], ...more: readonly string[]) => ({
    'rules.txt': rules(...rule),
    'routes.txt': [...SHARED, ...LINKS, ...more, ...LOCAL, ''].join('\n'),
  });

  it('finds answers that may leave by the other WAN', () => {
    expect(messages(defaultByTwoWans, shared([]))).toEqual([
      'error: the default of table main is shared by wan0 and wan1: answers from 192.0.2.2, called by wan0, may leave by wan1',
    ]);
  });

  it('says which kernel it takes for granted, and is silent about one that follows the source address', () => {
    const [finding] = findings(defaultByTwoWans, shared([]));
    expect(finding?.assumed).toEqual([expect.stringContaining('older than 6.16')]);
    const kernel = (release: string) => ({ ...shared([]), 'sysctl.conf': `kernel.osrelease = ${release}\n` });
    expect(findings(defaultByTwoWans, kernel('6.12.48-amd64'))[0]?.assumed).toBeUndefined();
    expect(messages(defaultByTwoWans, kernel('6.18.1'))).toEqual([]);
  });

  it('is silent with rules from the own addresses, or marks that bring answers back', () => {
    const tables = [
      'default via 192.0.2.1 dev wan0 table 201',
      'default via 198.51.100.1 dev wan1 table 202',
    ];
    const from = ['100:\tfrom 192.0.2.2 lookup 201', '101:\tfrom 198.51.100.2 lookup 202'];
    expect(messages(defaultByTwoWans, shared(from, ...tables))).toEqual([]);
    const marked = {
      ...shared(
        ['100:\tfrom all fwmark 0x1/0xff lookup 201', '101:\tfrom all fwmark 0x2/0xff lookup 202'],
        ...tables,
      ),
      'rules.v4': mangle(
        '-A PREROUTING -i wan0 -j CONNMARK --set-xmark 0x1/0xff',
        '-A PREROUTING -i wan1 -j CONNMARK --set-xmark 0x2/0xff',
        '-A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff',
      ),
    };
    expect(messages(defaultByTwoWans, marked)).toEqual([]);
  });

  it('finds a second default of the same metric, and knows a fallback by its metric', () => {
    const second = (line: string) =>
      messages(defaultByTwoWans, { 'rules.txt': rules(), 'routes.txt': routes(line) });
    expect(second('default via 198.51.100.1 dev wan1')).toEqual([
      'warning: a second default of metric 0 in table main: what is forwarded takes the one by wan0 alone, and what this machine sends takes turns with wan1, packet by packet',
    ]);
    expect(second('default dev wan1')).toEqual([
      'warning: a second default of metric 0 in table main: the one by wan0 alone is used, and wan1 never',
    ]);
    expect(second('default via 198.51.100.1 dev wan1 metric 100')).toEqual([]);
  });
});
