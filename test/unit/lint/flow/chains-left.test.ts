import { describe, expect, it } from 'vitest';
import { alone, defects, mangle, onRouter } from './defects.ts';

const BOTH = [
  ['with policy rules and routes', onRouter],
  ['from the ruleset alone', alone],
] as const;

describe.each(BOTH)('leaving a chain that a save stands in, %s', (_name, find) => {
  const ALONE = '-A PREROUTING -i lan0 -m connmark --mark 0x0/0xff -m conntrack --ctstate NEW -j LB';
  const LATER =
    '-A PREROUTING -i lan0 -m connmark ! --mark 0x0/0xff -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
  const DRAW = '-A LB -m statistic --mode random --probability 0.5 -j MARK --set-xmark 0x1/0xff';
  const KEEP = '-A LB -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff';
  const LB = [DRAW, '-A LB -m mark --mark 0x1/0xff -j RETURN', '-A LB -j MARK --set-xmark 0x2/0xff', KEEP];

  it('RETURN is told of where the next rule marks whatever comes by', () => {
    expect(find(ALONE, LATER, ...LB)).toEqual(['accept-before-save at LB 2']);
  });

  it('RETURN is told of where, besides, connections are drawn anew until their first reply', () => {
    const always = '-A PREROUTING -i lan0 -m conntrack --ctstate NEW -j LB';
    const later = LATER.replace('-i lan0', '-i lan0 -m conntrack --ctstate ESTABLISHED');
    expect(find(always, later, ...LB)).toContain('accept-before-save at LB 2');
  });
});

describe('a proxy that takes connections for itself', () => {
  const TAKEN = {
    'rules.txt':
      '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1 lookup 100\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    'routes.txt': 'local default dev lo table 100\ndefault via 192.0.2.1 dev eth0\n192.168.1.0/24 dev eth1\n',
  };

  it('needs no saved mark', () => {
    const text = mangle(
      '-A PREROUTING -p tcp -m socket -j DIVERT',
      '-A PREROUTING -p tcp -m tcp --dport 80 -j TPROXY --on-port 3129 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1',
      '-A DIVERT -j MARK --set-xmark 0x1/0xffffffff',
      '-A DIVERT -j ACCEPT',
    );
    expect(defects({ 'rules.v4': text, ...TAKEN })).toEqual([]);
    expect(defects({ 'rules.v4': text })).toEqual([]);
  });

  it('keeps what its socket has taken, whether the mark is saved or not', () => {
    const text = mangle(
      '-A PREROUTING -p tcp -m socket -j DIVERT',
      '-A PREROUTING -p tcp -j CHOOSE',
      '-A PREROUTING -p tcp -m mark --mark 0x1 -j TPROXY --on-port 3129 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1',
      '-A DIVERT -j MARK --set-xmark 0x1/0xffffffff',
      '-A DIVERT -j ACCEPT',
      '-A CHOOSE -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
      '-A CHOOSE -m mark --mark 0x1 -j RETURN',
      '-A CHOOSE -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j MARK --set-xmark 0x1/0xffffffff',
      '-A CHOOSE -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
    );
    expect(defects({ 'rules.v4': text, ...TAKEN })).toEqual([]);
    expect(defects({ 'rules.v4': text })).toEqual([]);
  });
});

it('where nothing tells inside from outside both are tried', () => {
  const text = mangle(
    '-A PREROUTING -m connmark ! --mark 0x0 -j CONNMARK --restore-mark',
    '-A PREROUTING -m connmark ! --mark 0x0 -j RETURN',
    '-A PREROUTING -i eth1 -m conntrack --ctstate NEW -j MARK --set-mark 1',
    '-A PREROUTING -d 198.18.5.0/24 -j ACCEPT',
    '-A PREROUTING -j CONNMARK --save-mark',
    '-A PREROUTING -p udp -m udp --dport 53 -j MARK --set-mark 2',
  );
  expect(defects({ 'rules.v4': text })).toContain('accept-before-save at PREROUTING 4');
});
