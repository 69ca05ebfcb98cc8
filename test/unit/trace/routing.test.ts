import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../src/trace/flow.ts';
import { exits, LAN_FLOW, packetOf, router, trace } from './router.ts';

const WAN_TABLES = [
  'default via 198.51.100.1 dev wan0 table 30',
  'default via 203.0.113.1 dev wan1 table 36',
];

function mangle(...rules: readonly string[]): string {
  return `*mangle\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

const { in: _in, source: _source, ...OWN_FLOW } = LAN_FLOW;

function tried(flow: Flow, parts: Parameters<typeof router>[0]) {
  const step = packetOf(trace(router(parts), flow, { packets: ['P1'] }), 'P1').steps.find(
    (each) => each.kind === 'route',
  );
  if (step?.kind !== 'route') throw new Error('no route');
  return step.lookup.tried.map(({ rule, why }) => `${rule.priority} ${why ?? 'wins'}`);
}

describe('policy rules (kernel-facts 5)', () => {
  it('are tried one by one, each with the reason why it did not win', () => {
    expect(
      tried(LAN_FLOW, {
        rules: [
          '10: from all lookup 254 suppress_prefixlength 0',
          '20: from all fwmark 0x1 lookup 30',
          '30: from 192.168.9.0/24 lookup 30',
          '40: from all iif wan0 lookup 30',
          '50: from all lookup 99',
          '60: from all lookup 7',
          '70: from all lookup 36',
        ],
        routes: [...WAN_TABLES, 'throw 192.0.2.0/24 table 7'],
      }),
    ).toEqual([
      '0 table 255 has no route for it',
      '10 0.0.0.0/0 is suppressed (suppress_prefixlength 0)',
      '20 the mark 0x0 is not 0x1',
      '30 the source is not in 192.168.9.0/24',
      '40 iif is lan0, not wan0',
      '50 table 99 is empty',
      '60 table 7 throws it back (192.0.2.0/24)',
      '70 wins',
    ]);
  });

  it('are all tried, however many there are', () => {
    const many = Array.from({ length: 5000 }, (_, at) => `${10 + at}: from 192.168.9.${at % 250} lookup 30`);
    const parts = { rules: [...many, '6000: from all lookup 36'], routes: WAN_TABLES };
    expect(tried(LAN_FLOW, parts).at(-1)).toBe('6000 wins');
  });

  it('for a device by another name it has are for the device', () => {
    const state = router({ rules: ['20: from all iif inside0 lookup 36'], routes: WAN_TABLES });
    const links = state.links.map((link) =>
      link.name === 'lan0' ? { ...link, altnames: ['inside0'] } : link,
    );
    expect([exits(trace(state, LAN_FLOW))[0], exits(trace({ ...state, links }, LAN_FLOW))[0]]).toEqual([
      'P1 wan0',
      'P1 wan1',
    ]);
  });

  it('a type of service that is not known is followed both ways', () => {
    const { dscp: _dscp, ...flow } = LAN_FLOW;
    const parts = { rules: ['20: from all tos 0x10 lookup 36'], routes: WAN_TABLES };
    const { paths } = trace(router(parts), flow, { packets: ['P1'] });
    expect(paths.map(({ summary }) => summary.slice(0, 14)).sort()).toEqual([
      'leaves by wan0',
      'leaves by wan1',
    ]);
  });

  it('goto leads to the rule of just that priority, and nowhere where there is none', () => {
    const rules = (to: number) => [
      `10: from all goto ${to}`,
      '20: from all lookup 30',
      '30: from all lookup 36',
    ];
    const exit = (to: number) => exits(trace(router({ rules: rules(to), routes: WAN_TABLES }), LAN_FLOW));
    expect([exit(30)[0], exit(25)[0]]).toEqual(['P1 wan1', 'P1 wan0']);
  });

  it('a mark without a mask compares every bit', () => {
    const parts = { rules: ['20: from all fwmark 0x1 lookup 36'], routes: WAN_TABLES };
    const exit = (mark: string) =>
      exits(
        trace(router({ ...parts, iptables: mangle(`-A PREROUTING -j MARK --set-mark ${mark}`) }), LAN_FLOW),
      )[0];
    expect([exit('0x1'), exit('0x40001')]).toEqual(['P1 wan1', 'P1 wan0']);
  });

  it('a marked table without a route falls through to main, unless a guard stops it', () => {
    const iptables = mangle('-A PREROUTING -j MARK --set-mark 0x36');
    const rules = ['20: from all fwmark 0x36 lookup 99'];
    expect(exits(trace(router({ iptables, rules }), LAN_FLOW))[0]).toBe('P1 wan0');
    const guarded = [...rules, '30: from all fwmark 0x36 unreachable'];
    expect(exits(trace(router({ iptables, rules: guarded }), LAN_FLOW))).toEqual(['P1 unreachable']);
  });

  it('a mark set in FORWARD does not route', () => {
    const parts = { rules: ['20: from all fwmark 0x36 lookup 36'], routes: WAN_TABLES };
    const iptables = mangle('-A FORWARD -j MARK --set-mark 0x36');
    expect(exits(trace(router({ ...parts, iptables }), LAN_FLOW))[0]).toBe('P1 wan0');
  });

  it('the longest prefix wins, then the lowest metric', () => {
    const routes = ['192.0.2.0/25 via 203.0.113.1 dev wan1', '192.0.0.0/16 via 203.0.113.9 dev wan1'];
    const end = packetOf(trace(router({ routes }), LAN_FLOW), 'P1').disposition;
    expect(end).toMatchObject({ interface: 'wan1', gateway: '203.0.113.1' });
  });

  it('a route by a device without carrier is used, and what leaves there is lost', () => {
    const state = router();
    const routes = state.routes.map((each) => ({
      ...each,
      hops: each.hops.map((hop) => ({ ...hop, ...(hop.device === 'wan0' ? { flags: ['linkdown'] } : {}) })),
    }));
    const result = trace({ ...state, routes }, LAN_FLOW);
    expect(result.summary).toBe('is lost (it leaves by wan0, which has no carrier)');
    expect(exits(result)).toEqual(['P1 lost']);
  });

  it('several hops are ways with weights, the same for every packet between two addresses', () => {
    const routes = [
      'default table 40 nexthop via 198.51.100.1 dev wan0 weight 3 nexthop via 203.0.113.1 dev wan1 weight 1',
    ];
    const { paths } = trace(router({ rules: ['20: from all iif lan0 lookup 40'], routes }), LAN_FLOW);
    expect(paths.map(({ weight, outcome, summary }) => [weight, outcome, summary.slice(0, 14)])).toEqual([
      [0.75, 'stays', 'leaves by wan0'],
      [0.25, 'stays', 'leaves by wan1'],
    ]);
  });
});

describe("the router's own packets (kernel-facts 5.2, 5.3)", () => {
  const parts = { rules: ['20: from all fwmark 0x36 lookup 36'], routes: WAN_TABLES };

  it('are routed again by mangle OUTPUT, and keep the first source', () => {
    const iptables = mangle('-A OUTPUT -j MARK --set-mark 0x36');
    expect(packetOf(trace(router({ ...parts, iptables }), OWN_FLOW), 'P1').disposition).toMatchObject({
      interface: 'wan1',
      source: '198.51.100.2',
    });
  });

  it('are routed again as nobody’s, whoever sent them', () => {
    const iptables = mangle('-A OUTPUT -j MARK --set-mark 0x36');
    const exit = (users: string, uid: number) => {
      const rules = [`20: from all fwmark 0x36 uidrange ${users} lookup 36`];
      return exits(trace(router({ rules, routes: WAN_TABLES, iptables }), { ...OWN_FLOW, uid }))[0];
    };
    expect([exit('1000-1000', 1000), exit('0-0', 1000)]).toEqual(['P1 wan0', 'P1 wan1']);
  });

  it('are routed again without ports where only rules for what begins here ask for them', () => {
    const iptables = mangle('-A OUTPUT -j MARK --set-mark 0x36');
    const exit = (...more: readonly string[]) => {
      const rules = [`20: from all fwmark 0x36 iif lo dport ${OWN_FLOW.destinationPort} lookup 36`, ...more];
      return exits(trace(router({ rules, routes: WAN_TABLES, iptables }), OWN_FLOW))[0];
    };
    expect([exit(), exit('30: from all ipproto icmp lookup 30')]).toEqual(['P1 wan0', 'P1 wan1']);
  });

  it('are still bound for the first device in the eyes of OUTPUT once they are routed again', () => {
    const iptables = `${mangle('-A OUTPUT -j MARK --set-mark 0x36')}*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -o wan0 -j MARK --set-mark 0x30\n-A OUTPUT -o wan1 -j DROP\nCOMMIT\n`;
    const { disposition, end } = packetOf(trace(router({ ...parts, iptables }), OWN_FLOW), 'P1');
    expect([disposition, end.mark]).toMatchObject([{ kind: 'routed', interface: 'wan1' }, 0x30]);
  });

  it('are not routed again by filter OUTPUT', () => {
    const iptables = '*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j MARK --set-mark 0x36\nCOMMIT\n';
    expect(exits(trace(router({ ...parts, iptables }), OWN_FLOW))[0]).toBe('P1 wan0');
  });

  it('leave by the mark of their socket from the start', () => {
    expect(packetOf(trace(router(parts), { ...OWN_FLOW, mark: 0x36 }), 'P1').disposition).toMatchObject({
      interface: 'wan1',
      source: '203.0.113.2',
    });
  });
});

describe('rp_filter (kernel-facts 5.9)', () => {
  const parts = {
    rules: ['20: from all fwmark 0x36 lookup 36'],
    routes: WAN_TABLES,
    iptables: mangle(
      '-A PREROUTING -j CONNMARK --restore-mark',
      '-A PREROUTING -i lan0 -j MARK --set-mark 0x36',
      '-A PREROUTING -j CONNMARK --save-mark',
    ),
  };
  const reply = (sysctls: Readonly<Record<string, string>>) => {
    const rules = ['10: from all lookup 254 suppress_prefixlength 0', ...parts.rules];
    return packetOf(trace(router({ ...parts, rules, sysctls }), LAN_FLOW), 'R').disposition.kind;
  };

  it('strict drops the reply on a marked WAN', () => {
    expect(reply({ 'net.ipv4.conf.wan1.rp_filter': '1' })).toBe('dropped');
    expect(reply({ 'net.ipv4.conf.all.rp_filter': '1' })).toBe('dropped');
  });

  it('passes it with src_valid_mark and the mark restored', () => {
    expect(reply({ 'net.ipv4.conf.wan1.rp_filter': '1', 'net.ipv4.conf.wan1.src_valid_mark': '1' })).toBe(
      'routed',
    );
  });

  it('off, a source that is a local route’s in any table is refused, unless accept_local is on', () => {
    const routes = ['local 203.0.113.64/26 dev lo'];
    const first = (source: string, sysctls: Readonly<Record<string, string>> = {}) =>
      packetOf(trace(router({ routes, sysctls }), { ...LAN_FLOW, source }, { packets: ['P1'] }), 'P1')
        .disposition.kind;
    expect(first('203.0.113.71')).toBe('dropped');
    expect(first('203.0.113.71', { 'net.ipv4.conf.lan0.accept_local': '1' })).toBe('routed');
    expect(first('192.168.1.10')).toBe('routed');
  });

  it('loose and off pass it', () => {
    expect([reply({ 'net.ipv4.conf.wan1.rp_filter': '2' }), reply({})]).toEqual(['routed', 'routed']);
  });
});

describe('port forwards', () => {
  const flow: Flow = {
    family: 'ipv4',
    in: 'wan1',
    source: '192.0.2.9',
    destination: '203.0.113.2',
    protocol: 'tcp',
    sourcePort: 5000,
    destinationPort: 2222,
  };
  const nat =
    '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i wan1 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.10:22\nCOMMIT\n';

  it('lead inside; the reply leaves by main when nothing marks it', () => {
    const result = trace(router({ iptables: nat }), flow);
    expect(exits(result).slice(0, 3)).toEqual(['P1 lan0', 'P1b lan0', 'R wan0']);
    expect(result.paths[0]?.outcome).toBe('changes');
  });

  it('stay when the connection remembers its WAN', () => {
    const marks = mangle(
      '-A PREROUTING -j CONNMARK --restore-mark',
      '-A PREROUTING -i wan1 -m conntrack --ctstate NEW -j CONNMARK --set-mark 0x36',
    );
    const rules = ['10: from all lookup 254 suppress_prefixlength 0', '20: from all fwmark 0x36 lookup 36'];
    const result = trace(router({ iptables: marks + nat, rules, routes: WAN_TABLES }), flow);
    expect(packetOf(result, 'R').disposition).toMatchObject({ interface: 'wan1', source: '203.0.113.2' });
    expect(result.paths[0]?.outcome).toBe('stays');
  });
});
