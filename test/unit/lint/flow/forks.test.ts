import { describe, expect, it } from 'vitest';
import { alone, onRouter } from './defects.ts';

const RESTORE = '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
const SAVE = '-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff';
const NEW = '-A PREROUTING -i lan0 -m conntrack --ctstate NEW';
const MARK = `${NEW} -j MARK --set-xmark 0x2/0xff`;

const BOTH = [
  ['with policy rules and routes', onRouter],
  ['from the ruleset alone', alone],
] as const;

describe.each(BOTH)('some of what is marked fares otherwise, %s', (_name, find) => {
  it.each([
    '-A PREROUTING -p udp -j ACCEPT',
    '-A PREROUTING -p tcp -m tcp --dport 22 -j ACCEPT',
    '-A PREROUTING -p udp -m multiport --dports 500,4500 -j RETURN',
    '-A PREROUTING -p icmp -j ACCEPT',
    '-A PREROUTING -d 198.18.5.0/24 -j ACCEPT',
    '-A PREROUTING -s 192.0.2.200/32 -p udp -m udp --dport 53 -j ACCEPT',
    '-A PREROUTING -i lan0 -p tcp -m tcp ! --dport 443 -j ACCEPT',
  ])('it leaves before the save by %s', (leave) => {
    expect(find(RESTORE, MARK, leave, SAVE)).toEqual(['accept-before-save at PREROUTING 3']);
  });

  it('it leaves by a chain that it alone is sent to', () => {
    const lines = [RESTORE, MARK, '-A PREROUTING -p udp -j LEAVE', SAVE, '-A LEAVE -j ACCEPT'];
    expect(find(...lines)).toEqual(['accept-before-save at LEAVE 1']);
  });

  it('the save is for one protocol alone', () => {
    const save = SAVE.replace('PREROUTING', 'PREROUTING -p tcp');
    expect(find(RESTORE, MARK, save)).toEqual(['mark-not-saved at PREROUTING 2']);
  });

  it('later packets leave before the restore', () => {
    const leave = '-A PREROUTING -p udp -m conntrack --ctstate ESTABLISHED -j ACCEPT';
    expect(find(leave, RESTORE, MARK, SAVE)).toHaveLength(1);
  });

  it.each([
    ['a rule for private networks, which no uplink leads to', '-A PREROUTING -d 192.168.0.0/16 -j ACCEPT'],
    ['a rule for multicast', '-A PREROUTING -d 224.0.0.0/4 -j ACCEPT'],
    ['a rule of what comes in by an uplink', '-A PREROUTING -i wan0 -p udp -j ACCEPT'],
    ['a rule behind the save', `${SAVE}\n-A PREROUTING -p udp -j ACCEPT`],
  ])('is silent about %s', (_what, rule) => {
    expect(find(RESTORE, MARK, ...rule.split('\n'), SAVE)).toEqual([]);
  });

  it('is silent where what leaves is not marked', () => {
    expect(find(RESTORE, '-A PREROUTING -p udp -j ACCEPT', MARK, SAVE)).toEqual([]);
  });
});
