import { describe, expect, it } from 'vitest';
import { LAN_FLOW, packetOf, router, trace } from './router.ts';

/** The packet's mark at its end, for a filter of mangle PREROUTING rules; `U1`, `U2` are user chains. */
function markAfter(...rules: readonly string[]): number {
  const text = `*mangle
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:U1 - [0:0]
:U2 - [0:0]
${rules.join('\n')}
COMMIT
`;
  const { mark } = packetOf(trace(router({ iptables: text }), LAN_FLOW), 'P1').end;
  if (typeof mark !== 'number') throw new Error('not known');
  return mark;
}

describe('verdicts (kernel-facts 2)', () => {
  it('ACCEPT in a called chain ends the whole table at this hook, and later hooks still run', () => {
    const rules = ['-A PREROUTING -j U1', '-A PREROUTING -j MARK --set-mark 9', '-A U1 -j ACCEPT'];
    expect(markAfter(...rules)).toBe(0);
    expect(markAfter(...rules, '-A POSTROUTING -j MARK --set-mark 4')).toBe(4);
  });

  it('RETURN in a called chain goes on behind the call', () => {
    expect(
      markAfter(
        '-A PREROUTING -j U1',
        '-A PREROUTING -j MARK --or-mark 2',
        '-A U1 -j MARK --or-mark 1',
        '-A U1 -j RETURN',
        '-A U1 -j MARK --or-mark 4',
      ),
    ).toBe(3);
  });

  it('RETURN in a builtin chain ends at its policy', () => {
    expect(markAfter('-A PREROUTING -j RETURN', '-A PREROUTING -j MARK --set-mark 1')).toBe(0);
  });

  it('goto comes back to the caller of the chain it was in', () => {
    const rules = [
      '-A PREROUTING -j U1',
      '-A PREROUTING -j MARK --or-mark 8',
      '-A U1 -g U2',
      '-A U1 -j MARK --or-mark 4',
      '-A U2 -j MARK --or-mark 1',
    ];
    expect(markAfter(...rules)).toBe(9);
  });

  it('goto from a builtin chain ends at the policy', () => {
    expect(
      markAfter('-A PREROUTING -g U1', '-A PREROUTING -j MARK --or-mark 8', '-A U1 -j MARK --or-mark 1'),
    ).toBe(1);
  });

  it('an unknown target stops the way and says which rule', () => {
    const text = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CONNMARK --set-return 0x100\nCOMMIT\n';
    const result = trace(router({ iptables: text }), LAN_FLOW);
    expect(result.paths.map((path) => path.outcome)).toEqual(['unknown']);
    const { disposition } = packetOf(result, 'P1');
    if (disposition.kind !== 'unknown') throw new Error(disposition.kind);
    expect([disposition.rule?.chain, disposition.rule?.index]).toEqual(['PREROUTING', 0]);
    expect(result.unmodelled.map((each) => each.text)).toEqual(['-j CONNMARK --set-return 0x100']);
  });
});

it('what a packet puts into a set is there again after an earlier one took it out', () => {
  const iptables = `*mangle
:PREROUTING ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -j SET --add-set touched src,src
-A FORWARD -m set --match-set touched src,src -j MARK --set-mark 9
-A POSTROUTING -j SET --del-set touched src,src
COMMIT
`;
  const touched = { name: 'touched', type: 'hash:ip,port', options: '', elements: [] };
  const { paths } = trace(router({ iptables, ipsets: [touched] }), LAN_FLOW, {
    packets: ['P1', 'P1b', 'P3'],
  });
  expect(paths.map(({ packets }) => packets.map(({ end }) => end.mark))).toEqual([[9, 9, 9]]);
});

describe('a list of ipsets of which one is not known', () => {
  const marksWith = (elements: readonly string[]) => {
    const iptables =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i lan0 -m set --match-set both dst -j MARK --set-mark 9\nCOMMIT\n';
    const ipsets = [
      { name: 'both', type: 'list:set', options: '', elements: ['away', 'good'] },
      { name: 'good', type: 'hash:net', options: '', elements },
    ];
    return trace(router({ iptables, ipsets }), LAN_FLOW).paths.map(({ packets }) => packets[0]?.end.mark);
  };

  it('has what another member has', () => expect(marksWith(['192.0.2.0/24'])).toEqual([9]));

  it('is asked about where no other has it', () => expect(marksWith([])).toEqual([9, 0]));
});

describe('without a connection (kernel-facts 4)', () => {
  const untracked = (match: string) => {
    const text = `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CT --notrack\nCOMMIT\n*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${match} -j MARK --set-mark 9\nCOMMIT\n`;
    return packetOf(trace(router({ iptables: text }), LAN_FLOW), 'P1').end.mark;
  };

  it('what -m conntrack asks for is false, but not looked at beside a state that holds', () => {
    expect(untracked('-m conntrack --ctdir ORIGINAL')).toBe(0);
    expect(untracked('-m conntrack --ctdir ORIGINAL -m conntrack ! --ctstate RELATED')).toBe(0);
    expect(untracked('-m conntrack --ctdir REPLY ! --ctstate RELATED')).toBe(9);
    expect(untracked('-m conntrack --ctorigdst 198.51.100.7 --ctstate UNTRACKED')).toBe(9);
    expect(untracked('-m conntrack --ctdir ORIGINAL --ctstate NEW')).toBe(0);
    expect(untracked('-m conntrack ! --ctstate SNAT')).toBe(9);
  });
});

describe('mark arithmetic is XOR (kernel-facts 3)', () => {
  it.each([
    ['-A PREROUTING -j MARK --set-xmark 0xff/0xf0', 0x5a, 0xf5],
    ['-A PREROUTING -j MARK --set-mark 0x0f/0xf0', 0x5a, 0x0f],
    ['-A PREROUTING -j MARK --xor-mark 0xff', 0x5a, 0xa5],
    ['-A PREROUTING -j MARK --and-mark 0x0f', 0x5a, 0x0a],
    ['-A PREROUTING -j MARK --or-mark 0x05', 0x5a, 0x5f],
  ])('%s', (rule, before, after) => {
    expect(markAfter(`-A PREROUTING -j MARK --set-mark ${before}`, rule)).toBe(after);
  });

  it('restores under a mask what was saved under another', () => {
    const rules = [
      '-A PREROUTING -j MARK --set-mark 0x12',
      '-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff',
      '-A PREROUTING -j MARK --set-mark 0xf0',
      '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0x0f',
    ];
    expect(markAfter(...rules)).toBe(0x02);
  });

  it('does not match a value outside its mask', () => {
    expect(markAfter('-A PREROUTING -m mark --mark 0x1/0xf0 -j MARK --set-mark 7')).toBe(0);
  });
});

describe('without a conntrack entry (kernel-facts 4)', () => {
  it('connmark matches neither way round, and CONNMARK does nothing', () => {
    const text = `*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m connmark ! --mark 0x1 -j MARK --or-mark 0x1
-A PREROUTING -m connmark --mark 0x0 -j MARK --or-mark 0x2
-A PREROUTING -j CONNMARK --set-mark 0x4
-A PREROUTING -m conntrack --ctstate UNTRACKED -j MARK --or-mark 0x8
COMMIT
`;
    const { end } = packetOf(trace(router({ iptables: text }), LAN_FLOW), 'P1');
    expect([end.mark, end.connmark, end.state]).toEqual([8, undefined, 'untracked']);
  });

  it('before conntrack a packet is invalid to its matches', () => {
    const text =
      '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m conntrack --ctstate INVALID -j MARK --set-mark 1\nCOMMIT\n';
    expect(packetOf(trace(router({ iptables: text }), LAN_FLOW), 'P1').end.mark).toBe(1);
  });

  it('every packet before the reply is NEW', () => {
    const text =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m conntrack --ctstate NEW -j MARK --set-mark 1\nCOMMIT\n';
    const result = trace(router({ iptables: text }), LAN_FLOW);
    expect((['P1', 'P1b', 'P3'] as const).map((name) => packetOf(result, name).end.mark)).toEqual([1, 1, 0]);
  });
});

describe('what is not known', () => {
  const match = (text: string, state = 'NEW') => `-A PREROUTING -m conntrack --ctstate ${state} ${text}`;
  const outcomes = (...rules: readonly string[]) => {
    const text = `*mangle\n:PREROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
    const { source: _source, sourcePort: _port, ...flow } = LAN_FLOW;
    return trace(router({ iptables: text }), flow, { packets: ['P1'] }).paths.map(
      (path) => path.packets[0]?.end.mark,
    );
  };

  it('forks: taken and not taken', () => {
    expect(outcomes(match('-m string --string x --algo bm -j MARK --set-mark 1')).sort()).toEqual([0, 1]);
  });

  it('gets the same answer when it is asked again', () => {
    const asked = '-m string --string x --algo bm';
    expect(
      outcomes(match(`${asked} -j MARK --or-mark 1`), match(`${asked} -j MARK --or-mark 2`)).sort(),
    ).toEqual([0, 3]);
  });

  it('gets another answer where it counts packets', () => {
    const asked = '-m limit --limit 5/s';
    const marks = outcomes(match(`${asked} -j MARK --or-mark 1`), match(`${asked} -j MARK --or-mark 2`));
    expect(marks.sort()).toEqual([0, 1, 2, 3]);
  });

  it('is sure of noting an address, which always matches', () => {
    const noted = ['-m recent --set --name a', '-m recent ! --set --name b'];
    expect(outcomes(...noted.map((one, at) => match(`${one} -j MARK --or-mark ${at + 1}`)))).toEqual([1]);
    expect(outcomes(match('-m recent --rcheck --name a -j MARK --or-mark 1')).sort()).toEqual([0, 1]);
  });

  it('a source that is in one network is not in another', () => {
    const marks = outcomes(
      match('-s 192.168.1.0/24 -j MARK --or-mark 1'),
      match('-s 192.168.2.0/24 -j MARK --or-mark 2'),
      match('-s 192.168.1.128/25 -j MARK --or-mark 4'),
    );
    expect(marks.sort()).toEqual([0, 1, 2, 5]);
  });

  it('a port that is in one range is not below it', () => {
    const marks = outcomes(
      match('-p tcp -m tcp --sport 1024:65535 -j MARK --or-mark 1'),
      match('-p tcp -m tcp --sport 1:1023 -j MARK --or-mark 2'),
    );
    expect(marks.sort()).toEqual([1, 2]);
  });

  it('ways that come to the same are one', () => {
    expect(
      outcomes(match('-m limit --limit 5/s -j LOG'), match('-m string --string x --algo bm -j LOG')),
    ).toEqual([0]);
  });

  it('chance has weights', () => {
    const text =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m statistic --mode random --probability 0.25 -j MARK --set-mark 1\nCOMMIT\n';
    const { paths } = trace(router({ iptables: text }), LAN_FLOW, { packets: ['P1'] });
    expect(paths.map((path) => [path.packets[0]?.end.mark, path.weight])).toEqual([
      [0, 0.75],
      [1, 0.25],
    ]);
  });
});
