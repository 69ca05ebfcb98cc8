import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import { ipv6Router, nftTable, setMark } from './ipv6-router.ts';
import { iptables, LAN_FLOW, packetOf, router, trace } from './router.ts';

const UDP: Flow = { ...LAN_FLOW, protocol: 'udp' };
const IPV6: Flow = { ...UDP, family: 'ipv6', source: '2001:db8:1::5', destination: '2001:db8:2::5' };
const { in: _in, source: _source, ...OWN } = UDP;

/** How the first packet can end. */
function ends(state: KernelState, flow: Flow): readonly string[] {
  const { paths } = trace(state, flow, { packets: ['P1'] });
  return paths.map(({ packets }) => packets[0]?.disposition.kind ?? 'nothing').toSorted();
}

function marks(state: KernelState, flow: Flow): readonly unknown[] {
  const { paths } = trace(state, flow, { packets: ['P1'] });
  return [...new Set(paths.map(({ packets }) => packets[0]?.end.mark))].toSorted();
}

describe('a map that packets fill', () => {
  const SOURCE = { payload: { protocol: 'ip', field: 'saddr' } };
  const stored = { mangle: { key: { meta: { key: 'mark' } }, value: { map: { key: SOURCE, data: '@s' } } } };
  const courses = (...updates: readonly string[]) => {
    const rules = updates.map((update) => [update]);
    const tables = nftTable('ip', 'prerouting', stored, { accept: null }).map((table) => ({
      ...table,
      sets: [
        { name: 's', kind: 'map' as const, key: ['ipv4_addr'], value: ['mark'], flags: [], elements: [] },
      ],
      chains: table.chains.map((chain) => ({
        ...chain,
        rules: [
          ...chain.rules,
          ...rules.flatMap((expr) => nftTable('ip', 'prerouting', ...expr)[0]?.chains[0]?.rules ?? []),
        ],
      })),
    }));
    const { paths } = trace(router({ tables }), LAN_FLOW, { packets: ['P1', 'P1b', 'P3'] });
    return paths.map(({ packets }) => packets.map(({ end }) => end.mark).join(' ')).toSorted();
  };

  it('gives later packets the value of the first update', () => {
    expect(courses('update @s { ip saddr : 0x2 }')).toEqual(['0 2 2']);
    expect(courses('update @s { ip saddr : 0x2 }', 'update @s { ip saddr : 0x1 }')).toEqual(['0 2 2']);
  });

  it('gives another value where it was emptied in between', () => {
    const taken = 'delete @s { ip saddr : 0x2 }';
    expect(courses('update @s { ip saddr : 0x2 }', taken, 'add @s { ip saddr : 0x1 }')).toEqual(['0 1 1']);
  });

  it('keeps what was thrown for the first packet', () => {
    expect(courses('add @s { ip saddr : numgen random mod 2 offset 1 }')).toEqual(['0 1 1', '0 2 2']);
  });
});

describe('a reject', () => {
  it('in the words of TCP is of TCP alone, which nft leaves out of its listing', () => {
    const state = router({ tables: nftTable('ip', 'prerouting', { reject: { type: 'tcp reset' } }) });
    expect(ends(state, LAN_FLOW)).toEqual(['rejected']);
    expect(ends(state, UDP)).toEqual(['routed']);
  });

  it('in the words of one family is of that family alone', () => {
    const rejecting = (type: string) =>
      nftTable('inet', 'prerouting', { reject: { type, expr: 'port-unreachable' } });
    const kinds = ['icmp', 'icmpv6', 'icmpx'];
    expect(kinds.map((type) => ends(router({ tables: rejecting(type) }), UDP).join())).toEqual([
      'rejected',
      'routed',
      'rejected',
    ]);
    expect(kinds.map((type) => ends(ipv6Router({ tables: rejecting(type) }), IPV6).join())).toEqual([
      'routed',
      'rejected',
      'rejected',
    ]);
  });
});

it('a tproxy of one family takes no packet of the other one', () => {
  const proxying = (family: string) =>
    nftTable('inet', 'prerouting', { tproxy: { family, port: 12345 } }, setMark(1), { accept: null });
  const both = ['ip', 'ip6'];
  expect(both.map((one) => marks(router({ tables: proxying(one) }), UDP))).toEqual([[0, 1], [0]]);
  expect(both.map((one) => marks(ipv6Router({ tables: proxying(one) }), IPV6))).toEqual([[0], [0, 1]]);
});

describe('a queue', () => {
  const queueing = (chain: string) => `*mangle
:${chain} ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A ${chain} -j MARK --set-mark 2
-A ${chain} -j NFQUEUE --queue-num 0 --queue-bypass
-A ${chain} -j MARK --set-mark 4
-A POSTROUTING -j MARK --or-mark 1
COMMIT
`;

  it('ends its chain for what the program lets through, and nobody knows what becomes of the rest', () => {
    const state = router({ iptables: queueing('PREROUTING') });
    expect(ends(state, UDP)).toEqual(['routed', 'unknown']);
    expect(marks(state, UDP)).toEqual([2, 3]);
  });

  it('routes nothing again in a chain of nft, but in a legacy one', () => {
    const routing = {
      rules: ['100: fwmark 0x2 lookup 7'],
      routes: ['default via 203.0.113.1 dev wan1 table 7'],
    };
    const exit = (frontend: 'iptables-nft' | 'iptables-legacy') => {
      const state = router({ ...routing, tables: iptables(queueing('OUTPUT'), frontend) });
      const { paths } = trace(state, OWN, { packets: ['P1'] });
      const routed = paths.map(({ packets }) => packets[0]?.disposition);
      return routed.flatMap((each) => (each?.kind === 'routed' ? [each.interface] : []));
    };
    expect(exit('iptables-nft')).toEqual(['wan0']);
    expect(exit('iptables-legacy')).toEqual(['wan1']);
  });
});

describe('a translation', () => {
  it('that leaves the port to chance changes it, also where the address stays', () => {
    const masquerading = (option: string) =>
      router({
        iptables: `*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -p udp -j MASQUERADE${option}
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m conntrack --ctstate SNAT -j MARK --set-mark 1
COMMIT
`,
      });
    const reply = (option: string) => packetOf(trace(masquerading(option), OWN), 'R').end.mark;
    expect(reply('')).toBe(0);
    expect(reply(' --random')).toBe(1);
    expect(reply(' --random-fully')).toBe(1);
  });
});

describe('a map', () => {
  const source = { payload: { protocol: 'ip', field: 'saddr' } };
  const map = (entries: readonly (readonly [string, unknown])[]) => ({
    map: { key: source, data: { set: entries } },
  });
  const { source: _one, ...ANYBODY } = UDP;

  it('may have no entry for a source that is not known: then the rest of the rule is skipped', () => {
    const state = router({ tables: nftTable('ip', 'prerouting', setMark(map([['192.168.1.10', 7]]))) });
    expect(marks(state, ANYBODY)).toEqual([0, 7]);
    expect(marks(state, { ...UDP, source: '192.168.1.10' })).toEqual([7]);
    expect(marks(state, { ...UDP, source: '192.168.1.11' })).toEqual([0]);
  });
});

it('what a rule says of an entry to come (CT --ctevents) keeps later rules from leaving it untracked', () => {
  const raw = (...rules: readonly string[]) =>
    router({
      iptables: `*raw\n:PREROUTING ACCEPT [0:0]\n${rules.map((rule) => `-A PREROUTING ${rule}\n`).join('')}COMMIT\n`,
    });
  const connmark = (state: KernelState) => packetOf(trace(state, UDP), 'P1').end.connmark;
  expect(connmark(raw('-j CT --notrack'))).toBeUndefined();
  expect(connmark(raw('-j CT --ctevents new', '-j CT --notrack'))).toBe(0);
  expect(connmark(raw('-j CT --notrack', '-j CT --ctevents new'))).toBeUndefined();
});

it('what a rule says of an entry to come is an entry without a mark to the rules before conntrack', () => {
  const marked = (...rules: readonly string[]) =>
    marks(router({ iptables: `*raw\n:PREROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n` }), UDP);
  const template = '-A PREROUTING -j CT --ctevents new';
  const unmarked = '-A PREROUTING -m connmark ! --mark 1 -j MARK --set-mark 2';
  expect(marked(unmarked)).toEqual([0]);
  expect(marked(template, unmarked)).toEqual([2]);
  const known = '-A PREROUTING -m conntrack --ctstate NEW --ctdir REPLY -j MARK --set-mark 2';
  expect(marked(template, known)).toEqual([0]);
  expect(marked(template, known.replace('REPLY', 'ORIGINAL'))).toEqual([2]);
  // It is one for all packets that meet the rule, whatever their connection.
  const told = router({
    iptables: `*raw\n:PREROUTING ACCEPT [0:0]\n${template}\n-A PREROUTING -j CONNMARK --set-mark 1\n${unmarked}\nCOMMIT\n`,
  });
  expect(marks(told, UDP)).toEqual([0, 2]);
  const restored = '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0x30 --ctmask 0xff';
  const word = (...rules: readonly string[]) => {
    const state = router({ iptables: `*raw\n:PREROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n` });
    return packetOf(trace(state, UDP, { packets: ['P1'] }), 'P1').end.mark;
  };
  const marking = '-A PREROUTING -j CONNMARK --set-mark 1';
  expect(word(template, '-A PREROUTING -j MARK --set-mark 0x31', restored)).toBe(1);
  expect(word(template, marking, restored)).toEqual({ value: 0, unknown: 0xff });
});

it('a changed hop limit makes IPv6 route again', () => {
  const setting = (option: string) =>
    ipv6Router({
      rules: ['100: fwmark 0x2 lookup 7'],
      routes: ['default via 2001:db8:113::1 dev wan1 table 7'],
      tables: iptables(
        `*raw
:OUTPUT ACCEPT [0:0]
-A OUTPUT -j MARK --set-mark 2
COMMIT
*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -j HL ${option}
COMMIT
`,
        'iptables-nft',
        'ip6',
      ),
    });
  const exit = (option: string) => {
    const { in: _lan, source: _own, ...flow } = IPV6;
    const { disposition } = packetOf(trace(setting(option), flow, { packets: ['P1'] }), 'P1');
    return disposition.kind === 'routed' ? disposition.interface : disposition.kind;
  };
  expect(exit('--hl-set 9')).toBe('wan1');
  expect(exit('--hl-inc 1')).toBe('wan1');
  expect(exit('--hl-set 64')).toBe('wan0');
});

it('a packet of the machine with another address than its own is routed again as from there', () => {
  const from = { payload: { protocol: 'ip', field: 'saddr' } };
  const tables = nftTable(
    'ip',
    { hook: 'output', prio: -150 },
    { mangle: { key: from, value: '192.168.1.11' } },
  );
  const [table, ...others] = tables;
  if (table === undefined) throw new Error('no table');
  const routed = {
    ...table,
    chains: table.chains.map((chain) =>
      chain.base === undefined ? chain : { ...chain, base: { ...chain.base, type: 'route' as const } },
    ),
  };
  const state = router({
    tables: [routed, ...others],
    rules: ['100: from 192.168.1.0/24 lookup 7'],
    routes: ['default via 203.0.113.1 dev wan1 table 7'],
  });
  const { disposition } = packetOf(trace(state, OWN, { packets: ['P1'] }), 'P1');
  expect(disposition.kind === 'routed' ? disposition.interface : disposition.kind).toBe('wan1');
});
