import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import type { PacketName } from '../../../src/trace/trace.ts';
import { ipv6Router, nftTable, setMark } from './ipv6-router.ts';
import { iptables, LAN_FLOW, router, trace } from './router.ts';

/** The marks a packet can end with, over all the ways it can go. */
function marks(state: KernelState, flow: Flow, name: PacketName): readonly unknown[] {
  const { paths } = trace(state, flow, name === 'P1' ? { packets: ['P1'] } : {});
  const ends = paths.map(({ packets }) => packets.find((each) => each.name === name)?.end.mark);
  return [...new Set(ends)].toSorted();
}

/** One rule of mangle that marks what it matches. */
function marking(chain: string, match: string): string {
  return `*mangle\n:${chain} ACCEPT [0:0]\n-A ${chain} ${match} -j MARK --set-mark 1\nCOMMIT\n`;
}

const UDP: Flow = { ...LAN_FLOW, protocol: 'udp' };
const PING: Flow = { ...LAN_FLOW, protocol: 'icmp' };
const FROM_OUTSIDE: Flow = {
  ...PING,
  in: 'wan0',
  source: '192.0.2.9',
  destination: '198.51.100.2',
  dscp: 46,
};
const { in: _in, source: _source, ...OWN } = LAN_FLOW;
const TO_ITSELF: Flow = { ...OWN, destination: '198.51.100.2' };

describe('what a packet is asked for', () => {
  it('is of its frame: to this machine, to a network, or of no frame at all', () => {
    const typed = (type: string) =>
      router({ iptables: marking('PREROUTING', `-m pkttype --pkt-type ${type}`) });
    const toAll: Flow = { ...UDP, destination: '192.168.1.255' };
    const routes = ['broadcast 192.168.1.255 dev lan0 table 255'];
    const broadcast = router({ iptables: marking('PREROUTING', '-m pkttype --pkt-type broadcast'), routes });
    expect(marks(typed('unicast'), UDP, 'P1')).toEqual([1]);
    expect(marks(typed('unicast'), TO_ITSELF, 'P1')).toEqual([1]);
    expect(marks(broadcast, toAll, 'P1')).toEqual([1]);
    const mac = router({ iptables: marking('PREROUTING', '-m mac ! --mac-source 02:00:00:00:00:01') });
    const dialled = { ...mac, links: mac.links.map((link) => ({ ...link, pointToPoint: true })) };
    expect(marks(mac, UDP, 'P1')).toEqual([0, 1]);
    expect(marks(dialled, UDP, 'P1')).toEqual([0]);
    expect(marks(mac, TO_ITSELF, 'P1')).toEqual([0]);
  });

  it.each([
    ['--ports 40000,443', [1]],
    ['--ports 22,443', [1]],
    ['--ports 22,80', [0]],
    ['! --ports 22,443', [0]],
    ['! --ports 22,80', [1]],
  ])('may be either of its ports: %s', (asked, expected) => {
    const flow = { ...UDP, sourcePort: 40000, destinationPort: 443 };
    const state = router({ iptables: marking('PREROUTING', `-p udp -m multiport ${asked}`) });
    expect(marks(state, flow, 'P1')).toEqual(expected);
  });

  it('has the same source port in every rule, also where one asks for either port', () => {
    const state = router({
      iptables: `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m multiport --ports 22,40000 -j MARK --or-mark 1
-A PREROUTING -p udp -m udp --sport 40000 -j MARK --or-mark 2
-A PREROUTING -p udp -m multiport ! --ports 22,40000 -j MARK --or-mark 4
COMMIT
`,
    });
    const { sourcePort: _port, ...flow } = { ...UDP, destinationPort: 443 };
    expect(marks(state, flow, 'P1')).toEqual([1, 3, 4]);
  });

  it('has one Ethernet sender, whatever rules before asked of it', () => {
    const from = (op: string, hosts: readonly string[]) => ({
      match: {
        op,
        left: { payload: { protocol: 'ether', field: 'saddr' } },
        right: { set: hosts.map((host) => `02:00:00:00:00:${host}`) },
      },
    });
    const mark = { meta: { key: 'mark' } };
    const marking = (prio: number, op: string, hosts: readonly string[], bit: number) =>
      nftTable('ip', { hook: 'prerouting', prio }, from(op, hosts), setMark({ '|': [mark, bit] }));
    const state = router({
      tables: [
        ...marking(1, '==', ['01', '02'], 1),
        ...marking(2, '==', ['02', '03'], 2),
        ...marking(3, '!=', ['01', '02'], 4),
      ],
    });
    expect(marks(state, UDP, 'P1')).toEqual([1, 3, 4, 6]);
    expect(marks(state, UDP, 'P1b')).toEqual([1, 3, 4, 6]);
  });

  it('is of the device that has it: none in OUTPUT, the one it leaves by in POSTROUTING', () => {
    const typed = { match: { op: '==', left: { meta: { key: 'iiftype' } }, right: 'ether' } };
    const at = (hook: 'output' | 'postrouting') =>
      router({ tables: nftTable('ip', hook, typed, setMark(1)) });
    expect(marks(at('output'), OWN, 'P1')).toEqual([0]);
    expect(marks(at('postrouting'), OWN, 'P1')).toEqual([1]);
    expect(marks(at('postrouting'), TO_ITSELF, 'P1')).toEqual([0]);
  });

  it('is seen first by the chains at its device, of which a listing may not say where they hang', () => {
    const at = (dev?: string) => {
      const place = { hook: 'ingress', prio: 0, ...(dev === undefined ? {} : { dev }) } as const;
      return router({ tables: nftTable('inet', place, setMark(1)) });
    };
    expect(marks(at('lan0'), UDP, 'P1')).toEqual([1]);
    expect(marks(at('wan0'), UDP, 'P1')).toEqual([0]);
    expect(marks(at(), UDP, 'P1')).toEqual([0, 1]);
  });

  it('gets another answer where its header has been rewritten, from a match that is not known', () => {
    const text = `*mangle
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -m tos --tos 0xb8/0xfc -j MARK --or-mark 1
-A POSTROUTING -j DSCP --set-dscp 0x08
-A POSTROUTING -m tos --tos 0xb8/0xfc -j MARK --or-mark 2
COMMIT
`;
    expect(marks(router({ iptables: text }), UDP, 'P1')).toEqual([0, 1, 2, 3]);
  });

  it('may be a length, which is each packet’s own, and in IPv6 counts from behind the header', () => {
    const short = router({ iptables: marking('FORWARD', '-m length --length 0:100') });
    const ways = trace(short, UDP).paths.map(({ packets }) => packets.map(({ end }) => end.mark).join());
    expect(ways).toContain('1,0,1,0,1');
    const length = { payload: { protocol: 'ip6', field: 'length' } };
    const tables = nftTable(
      'ip6',
      'prerouting',
      { match: { op: '==', left: length, right: 60 } },
      setMark(1),
    );
    const flow: Flow = { ...UDP, family: 'ipv6', source: '2001:db8:1::5', destination: '2001:db8:2::5' };
    expect(marks(ipv6Router({ tables }), { ...flow, length: 100 }, 'P1')).toEqual([1]);
  });

  it('may be whether fragments may be made of it, which nobody knows; it is none itself', () => {
    const offset = { payload: { protocol: 'ip', field: 'frag-off' } };
    const asking = (bits: number) => {
      const match = { match: { op: '!=', left: { '&': [offset, bits] }, right: 0 } };
      return router({ tables: nftTable('ip', 'prerouting', match, setMark(1)) });
    };
    expect(marks(asking(0x1fff), UDP, 'P1')).toEqual([0]);
    expect(marks(asking(0x4000), UDP, 'P1')).toEqual([0, 1]);
  });

  it('is a service: of an answer nobody knows it, but for the answer to an echo', () => {
    const dscp = (chain: string) => router({ iptables: marking(chain, '-m dscp --dscp 46') });
    const served: Flow = { ...UDP, dscp: 46 };
    expect(marks(dscp('FORWARD'), served, 'P1')).toContain(1);
    expect(marks(dscp('FORWARD'), served, 'R')).toEqual([0, 1]);
    expect(marks(dscp('OUTPUT'), FROM_OUTSIDE, 'R')).toEqual([1]);
    expect(marks(dscp('OUTPUT'), { ...FROM_OUTSIDE, protocol: 'udp' }, 'R')).toEqual([0]);
  });
});

describe('what a connection is asked for', () => {
  const assured = router({ iptables: marking('FORWARD', '-m conntrack --ctstatus ASSURED') });

  it('is whether it is assured: TCP’s when its handshake is over, UDP’s after a while, ICMP’s never', () => {
    expect(marks(assured, LAN_FLOW, 'R')).toEqual([0]);
    expect(marks(assured, LAN_FLOW, 'P3')).toEqual([1]);
    expect(marks(assured, UDP, 'R')).toEqual([0]);
    expect(marks(assured, UDP, 'P3')).toEqual([0, 1]);
    expect(marks(assured, PING, 'P3')).toEqual([0]);
  });

  it('is its own protocol, where an ICMP error belongs to it', () => {
    const udp = router({ iptables: marking('FORWARD', '-m conntrack --ctproto udp') });
    expect(marks(udp, UDP, 'E')).toEqual([1]);
    expect(marks(udp, LAN_FLOW, 'E')).toEqual([0]);
  });

  it('is nothing where none is tracked yet', () => {
    const match = { match: { op: '==', left: { ct: { key: 'expiration' } }, right: 10 } };
    const tables = nftTable('ip', { hook: 'prerouting', prio: -310 }, match, setMark(1));
    expect(marks(router({ tables }), UDP, 'P1')).toEqual([0]);
  });
});

describe('whose socket a packet is of', () => {
  it('is known in INPUT of what a connected socket waits for', () => {
    const match = { match: { op: '==', left: { meta: { key: 'skuid' } }, right: 1000 } };
    const state = router({ tables: nftTable('ip', 'input', match, setMark(1)) });
    const own: Flow = { ...OWN, uid: 1000 };
    expect(marks(state, own, 'R')).toEqual([1]);
    expect(marks(state, { ...own, protocol: 'udp' }, 'R')).toEqual([0]);
    expect(marks(state, { ...own, protocol: 'udp', connected: true }, 'R')).toEqual([1]);
    expect(marks(state, { ...TO_ITSELF, uid: 1000 }, 'P1')).toEqual([0]);
    const slow = { ...state, sysctls: [...state.sysctls, { key: 'net.ipv4.ip_early_demux', value: '0' }] };
    expect(marks(slow, own, 'R')).toEqual([0]);
  });
});

describe('a look back at the source', () => {
  it('finds by loopback what came by it', () => {
    const state = router({ iptables: marking('PREROUTING', '-m rpfilter --loose') });
    expect(marks(state, TO_ITSELF, 'P1')).toEqual([1]);
  });

  it('asks with the device in ip6tables, so that policy rules for it count, unless it is loose', () => {
    const flow: Flow = { ...UDP, family: 'ipv6', source: '2001:db8:1::5', destination: '2001:db8:2::5' };
    const state = (options: string) => ({
      ...ipv6Router({
        rules: ['110: from all oif lan0 lookup 30'],
        routes: ['2001:db8:1::/64 dev lan0', 'default via 2001:db8:51::1 dev wan0 table 30'],
      }),
      tables: iptables(marking('PREROUTING', `-m rpfilter ${options}`), 'iptables-nft', 'ip6'),
    });
    expect(marks(state(''), flow, 'P1')).toEqual([0]);
    expect(marks(state('--loose'), flow, 'P1')).toEqual([1]);
  });
});

it('a range that ends before it begins is a comparison that nft lost, so that both ways are told', () => {
  const match = { match: { op: '!=', left: { meta: { key: 'mark' } }, right: { range: [130, 48] } } };
  const state = router({ tables: nftTable('ip', 'prerouting', match, setMark(1)) });
  expect(marks(state, UDP, 'P1')).toEqual([0, 1]);
});

describe("a port of the router's own connection", () => {
  const text = marking('OUTPUT', '-p tcp --sport 61440:61951');
  const own: Flow = { ...OWN, fromProgram: true };

  it('is one that the kernel gives', () => {
    const { sourcePort: _port, ...open } = own;
    expect(marks(router({ iptables: text }), open, 'P1')).toEqual([0]);
    const sysctls = { 'net.ipv4.ip_local_port_range': '1024\t65535' };
    expect(marks(router({ iptables: text, sysctls }), open, 'P1')).toEqual([0, 1]);
  });
});

describe('a match that trace cannot decide', () => {
  /** The marks of the three packets from the inside, way by way. */
  const courses = (state: KernelState) =>
    trace(state, LAN_FLOW, { packets: ['P1', 'P1b', 'P3'] })
      .paths.map(({ packets }) => packets.map(({ end }) => end.mark).join(' '))
      .toSorted();
  const asked = (match: string) => courses(router({ iptables: marking('PREROUTING', `-i lan0 ${match}`) }));

  it.each([
    '-m tos --tos 0x00/0xff',
    '-m devgroup --src-group 5',
    '-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1',
    '-m ttl --ttl-gt 5',
    '-m physdev --physdev-in eth0',
    '-m geoip --source-country DE',
    '-m policy --dir in --pol none',
    '-m time --timestart 08:00 --timestop 17:00',
  ])('has one answer for all packets of a direction: %s', (match) => {
    expect(asked(match)).toEqual(['0 0 0', '1 1 1']);
  });

  it.each([
    ['meta', { key: 'iifgroup' }, 5],
    ['meta', { key: 'hour' }, { range: ['08:00', '17:00'] }],
    ['payload', { protocol: 'ip', field: 'ttl' }, 64],
  ])('has one answer in nft as well: %s %j', (kind, left, right) => {
    const fromLan = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lan0' } };
    const asked = { match: { op: '==', left: { [kind]: left }, right } };
    const tables = nftTable('ip', 'prerouting', fromLan, asked, setMark(1));
    expect(courses(router({ tables }))).toEqual(['0 0 0', '1 1 1']);
  });

  it.each([
    '-m length --length 100:',
    '-m string --string GET --algo bm',
    '-m u32 --u32 0=1',
    '-m limit --limit 1/s',
  ])('has an answer for each packet where packets of a connection differ in it: %s', (match) =>
    expect(asked(match)).toHaveLength(8),
  );
});
