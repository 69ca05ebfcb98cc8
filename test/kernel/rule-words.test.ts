import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readAddedRule } from '../../src/codec/ip-command.ts';
import { readPolicyRules } from '../../src/codec/ip-json.ts';
import { TableNames } from '../../src/codec/ip-names.ts';
import { FAMILIES, type Family } from '../../src/net/family.ts';

/** What people write behind `ip rule add`: whole, shortened and wrong. */
const OF_FAMILY: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    'from 10.1',
    'realms 3 table 7',
    'from 0/0',
    'from 10.1/16 to 192.0.2.1/255.255.255.0 t 5 ta 7',
    'from 2001:db8::/32',
  ],
  ipv6: ['from 2001:db8::1', 'from ::/0', 'from 2001:db8::/32 to 2001:db8:1::/48 t 5 ta 7', 'from 192.0.2.1'],
};
const COMMANDS = [
  ['from all', 'to any', 'from default', 'fr all', 'from', 'from fwmark', 'to 192.0.2.0/33', 'to ::/129'],
  ['pref 70', 'pri 71', 'o 72', 'prio x', 'p 73', 'pref 74 not from all fwmark 1 lookup 8', 'not not'],
  ['fwmark 1', 'fwmark 0x2/0xff table 7', 'fwmark zz', 'fwm 1', 'fwmark 1 2 table 7', 'fwmark 1 frm'],
  ['table 7', 'tab 7', 'ta main', 'lookup 8', 'look 8', 'table', 'table 7 table 8', 'unicast table 7'],
  ['iif lan0', 'dev lan0', 'oif lan0', 'ii lan0', 'iif lan0 uidrange 0-5 prohibit', 'ipproto tcp dport 80'],
  ['tos 0x10', 'ds 8', 'no', 'nop', 'prohibit', 'type unreachable', 'type', 'blackhole pref 9', '7', 'frm'],
  ['suppress_prefixlength 0', 'table main sup_pl 0', 's 8', 'sup_pl', 'sport 1000-2000', 'tun_id 5'],
  ['pref 60 goto 90', 'p 61 g 91', 'goto', 'pro 5 table 7', 'l3mdev'],
].flat();

/** What the kernel has after each of the commands alone; undefined for one that ip refuses. */
function added(family: Family, commands: readonly string[]): readonly unknown[] {
  const flag = family === 'ipv4' ? '-4' : '-6';
  const each = commands.map(
    (words) => `ip ${flag} rule add ${words} 2>/dev/null && ip ${flag} -N -j rule || echo; clear`,
  );
  const script = [
    `clear() { ip ${flag} rule flush; ip ${flag} rule add pref 32766 table main; }`,
    'ip link add lan0 type bridge',
    'clear',
    ...each,
  ].join('\n');
  const said = execFileSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8' });
  return said
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? undefined : JSON.parse(line)));
}

describe.each(FAMILIES)('%s', (family) => {
  test('the words of a rule are read as ip reads them, and refused where it refuses them', () => {
    const written = [...OF_FAMILY[family], ...COMMANDS];
    const listings = added(family, written);
    expect(listings).toHaveLength(written.length);
    for (const [at, words] of written.entries()) {
      const around = { names: new TableNames(), span: { file: '', start: 0, end: 0 }, rules: [] };
      const read = readAddedRule(family, words.split(' '), around);
      const listed = listings[at] === undefined ? [] : readPolicyRules(family, listings[at]);
      const [made] = listed.filter(({ priority }) => priority !== 0 && priority !== 32766);
      const told = (rule: typeof made) =>
        rule === undefined ? undefined : [rule.priority, rule.selector, rule.action];
      expect([words, told(typeof read === 'string' ? undefined : read)]).toEqual([words, told(made)]);
    }
  });
});
