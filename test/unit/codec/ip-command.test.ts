import { describe, expect, it } from 'vitest';
import {
  readAddedRoute,
  readAddedRule,
  readIpCommand,
  withKernelRules,
} from '../../../src/codec/ip-command.ts';
import { TableNames } from '../../../src/codec/ip-names.ts';
import { fullRuleWords } from '../../../src/codec/ip-rule-words.ts';
import type { PolicyRule } from '../../../src/kernel/routing.ts';

const SPAN = { file: 'f', start: 3, end: 9 };

function rule(words: string, rules: readonly PolicyRule[] = []): PolicyRule {
  const read = readAddedRule('ipv4', words.split(' '), { names: new TableNames(), span: SPAN, rules });
  if (typeof read === 'string') throw new Error(read);
  return read;
}

describe('commands of ip', () => {
  it.each([
    ['rule add fwmark 1 table 2', 'rules add ipv4 fwmark 1 table 2'],
    ['-6 ru a fwmark 1', 'rules add ipv6 fwmark 1'],
    ['-family inet6 route replace default dev x', 'routes replace ipv6 default dev x'],
    ['-4 r del default', 'routes delete ipv4 default'],
    ['route flush table 7', 'routes flush ipv4 table 7'],
    ['rule show', 'other'],
    ['link set lo up', 'other'],
    ['-n other rule add fwmark 1', 'other'],
    ['-batch file', 'other'],
  ])('%s', (words, meaning) => {
    const read = readIpCommand(words.split(' '));
    const said =
      read.kind === 'other' ? 'other' : `${read.kind} ${read.verb} ${read.family} ${read.words.join(' ')}`;
    expect(said).toBe(meaning);
  });

  it('rules get the priority the kernel would give, and main’s table', () => {
    const first = rule('fwmark 0x1/0xff table 200');
    expect(first).toMatchObject({
      priority: 32765,
      selector: { fwmark: { value: 1, mask: 255 } },
      action: { kind: 'lookup', table: 200 },
      span: SPAN,
    });
    expect(rule('from 192.0.2.0/24', [first])).toMatchObject({
      priority: 32764,
      action: { kind: 'lookup', table: 254 },
    });
    expect(rule('dev lan0 prohibit pref 5')).toMatchObject({
      priority: 5,
      selector: { iif: 'lan0' },
      action: { kind: 'prohibit' },
    });
    expect(readAddedRule('ipv4', ['pref', 'x'], { names: new TableNames(), span: SPAN, rules: [] })).toBe(
      "'x' is no priority",
    );
  });

  it.each([
    ['from 10.1 tab 7', 'from 10.1.0.0 lookup 7'],
    ['from 0/0 to 192.0.2.1/255.255.255.0', 'from all to 192.0.2.1/24'],
    ['to any o 5 type prohibit', 'to all pref 5 prohibit'],
    ['dev lan0 ds 8 r 3 s 0 t 5', 'iif lan0 tos 8 realms 3 suppress_prefixlength 0 tun_id 5'],
    ['not sup_group eth pro static unicast', 'not suppress_ifgroup eth protocol static'],
    ['m 192.0.2.1 no', 'nat 192.0.2.1 nop'],
  ])('words of a rule may be shortened: %s', (written, full) => {
    expect(fullRuleWords('ipv4', written.split(' '))).toEqual(full.split(' '));
    expect(fullRuleWords('ipv4', full.split(' '))).toEqual(full.split(' '));
  });

  it.each([
    ['frm 192.0.2.1', "'frm' is no word of 'ip rule add'"],
    ['fr 192.0.2.1', "'fr' is no word of 'ip rule add'"],
    ['from fwmark 0x22 table 3', "'fwmark' is no IPv4 address"],
    ['from 2001:db8::/32', "'2001:db8::/32' is no IPv4 address"],
    ['to 192.0.2.0/33', "'192.0.2.0/33' is no IPv4 address"],
    ['fwmark zz', "'zz' is no mark"],
    ['fwmark 1 table', "'table' needs a value"],
    ['type', "'type' is no word of 'ip rule add'"],
    ['constructor', "'constructor' is no word of 'ip rule add'"],
  ])('words of a rule that ip refuses are told: %s', (written, why) => {
    expect(fullRuleWords('ipv4', written.split(' '))).toBe(why);
  });

  it('routes stand in the table that is named', () => {
    const route = (words: string) =>
      readAddedRoute('ipv4', words.split(' '), { names: new TableNames(), span: SPAN });
    expect(route('to default via 192.0.2.1 dev wan0 table 7')).toMatchObject({
      table: 7,
      hops: [{ device: 'wan0' }],
    });
    expect(route('unreachable 198.51.100.0/24')).toMatchObject({ table: 254, type: 'unreachable' });
    const all = { address: '0.0.0.0', length: 0 };
    expect(route('table 102 0/0 via 198.51.100.1 dev wan1')).toMatchObject({
      table: 102,
      destination: all,
      hops: [{ gateway: '198.51.100.1', device: 'wan1' }],
    });
    expect(route('table 7 default dev wan0')).toMatchObject({ table: 7, destination: all });
    expect(route('10.1/16 dev lan0')).toMatchObject({ destination: { address: '10.1.0.0', length: 16 } });
    expect(route('nonsense')).toBe("these are no words of 'ip route add'");
  });

  it('beside them stand the rules every kernel has', () => {
    expect(withKernelRules([], 'ipv4')).toEqual([]);
    const rules = withKernelRules([rule('fwmark 1 table 7')], 'ipv4');
    expect(rules.map(({ priority }) => priority)).toEqual([32765, 0, 32766, 32767]);
    expect(withKernelRules(rules, 'ipv4')).toBe(rules);
  });
});
