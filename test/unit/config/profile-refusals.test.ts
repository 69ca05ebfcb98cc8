import { describe, expect, test } from 'vitest';
import { diagnose, files } from './diagnose.ts';

/** Lines after line 2 of a right profile of the WAN fiber on wan0, and what is said of them. */
const REFUSED: readonly (readonly [title: string, lines: string, ...expected: string[]])[] = [
  ['an unknown key', 'gatway: auto', '3:1: unknown key "gatway" (gateway)'],
  ['a gateway that is none', 'gateway: atuo', '3:10: expected an address or auto or none, not "atuo" (auto)'],
  [
    'a gateway of a family the WAN lacks',
    'gateway: "2001:db8::1"',
    '3:11: the gateway is ipv6, but the WAN is not; it would be with families: both',
  ],
  ['a gateway for a family the WAN lacks', 'gateway: { ipv6: auto }', '3:12: the WAN has no ipv6'],
  [
    'a gateway under the wrong family',
    'families: both\ngateway: { ipv6: 192.0.2.1 }',
    '4:18: expected an ipv6 address, not ipv4',
  ],
  ['a loopback gateway', 'gateway: 127.0.0.1', '3:10: 127.0.0.1 is no address of a host'],
  ['an unknown family', 'families: ipv5', '3:11: expected ipv4, ipv6 or both, not "ipv5" (ipv4)'],
  ['table 0', 'table: 0', "3:8: table 0 is the kernel's own"],
  ['table default', 'table: 253', "3:8: table 253 is the kernel's own"],
  ['table main', 'table: 254', "3:8: table 254 is the kernel's own"],
  ['table local', 'table: 255', "3:8: table 255 is the kernel's own"],
  ['a table beyond 32 bits', 'table: 4294967296', '3:8: expected auto or a table number, not "4294967296"'],
  ['a table by name', 'table: atuo', '3:8: expected auto or a table number, not "atuo" (auto)'],
  ['a mark of 0', 'mark: 0', '3:7: a mark of 0 is no mark'],
  ['a mark outside the mask', 'mark: 0x30', '3:7: mark 0x30 is outside mark_mask 0xff000000'],
  ['the highest mark', 'mark: 0xff000000', '3:7: mark 0xff000000 is kept for a last resort'],
  ['the highest mark but one', 'mark: "0xfe000000"', '3:8: mark 0xfe000000 is kept for a last resort'],
  ['masquerade of a family the WAN lacks', 'masquerade: ipv6', '3:13: the WAN has no ipv6'],
  [
    'an unknown masquerade',
    'masquerade: ipv8',
    '3:13: expected yes, no, ipv4 or ipv6, or a mapping with ipv4 and ipv6, not "ipv8" (ipv4)',
  ],
  ['a switch by another word', 'metered: on', '3:10: expected true or false, not "on" (yes)'],
  ['a switch off by another word', 'mss_clamp: Off', '3:12: expected true or false, not "Off" (no)'],
  [
    'masquerade by another word',
    'masquerade: on',
    '3:13: expected yes, no, ipv4 or ipv6, or a mapping with ipv4 and ipv6, not "on" (yes)',
  ],
  [
    'masquerade of a family by another word',
    'masquerade: { ipv4: off }',
    '3:21: expected true or false, not "off" (no)',
  ],
  [
    'snat to a family the WAN lacks',
    'snat: "2001:db8::7"',
    '3:8: the snat address is ipv6, but the WAN is not; it would be with families: both',
  ],
  [
    'snat under the wrong family',
    'snat: { ipv4: "2001:db8::7" }',
    '3:16: expected an ipv4 address, not ipv6',
  ],
  ['snat to a prefix', 'snat: 192.0.2.0/24', '3:7: expected an address, not "192.0.2.0/24"'],
  [
    'snat together with masquerade',
    'masquerade: ipv4\nsnat: 192.0.2.7',
    '4:7: snat and masquerade both translate ipv4',
  ],
  [
    'nptv6 together with masquerade',
    'families: both\nmasquerade: yes\nnptv6: { inside: "fd00:50::/64" }',
    '5:8: nptv6 and masquerade both translate ipv6',
  ],
  [
    'nptv6 together with snat',
    'families: ipv6\nsnat: "2001:db8::7"\nnptv6: { inside: "fd00:50::/64" }',
    '5:8: nptv6 and snat both translate ipv6',
  ],
  ['nptv6 without IPv6', 'nptv6: { inside: "fd00:50::/64" }', '3:8: nptv6 on a WAN without ipv6'],
  [
    'nptv6 to another length',
    'families: ipv6\nnptv6: { inside: "fd00:50::/64", outside: "2001:db8::/48" }',
    '4:44: outside is a /48, inside a /64: they must be equal',
  ],
  [
    'nptv6 of IPv4',
    'families: both\nnptv6: { inside: 192.0.2.0/24 }',
    '4:18: nptv6 takes IPv6 prefixes alone',
  ],
  ['no sources', 'sources: []', '3:10: expected a list of prefixes, not an empty list'],
  ['sources with host bits', 'sources: [192.0.2.1/24]', '3:11: 192.0.2.1/24 has host bits (192.0.2.0/24)'],
  [
    'sources without NAT',
    'masquerade: no\nsources: [192.0.2.0/24]',
    '4:10: sources without masquerade or snat',
  ],
  ['sources of a family the WAN lacks', 'sources: ["2001:db8::/32"]', '3:12: the WAN has no ipv6'],
  [
    'sources of a family that is not translated',
    'families: both\nsources: ["2001:db8::/32"]',
    '4:12: the WAN translates no ipv6 by masquerade or snat',
  ],
  [
    'everything that was not written out',
    'sources: [0.0.0.0/1, 128.0.0.0/1]',
    '3:10: together these are all of ipv4: write it out (0.0.0.0/0)',
  ],
  [
    'a forward to a family the WAN lacks',
    'port_forwards: [{ protocol: tcp, port: 22, to: "2001:db8::1" }]',
    '3:49: the WAN has no ipv6',
  ],
  [
    'overlapping forwards',
    'port_forwards:\n  - { protocol: udp, port: 80, to: 192.0.2.9 }\n  - { protocol: udp, port: 80, to: 192.0.2.8 }',
    '5:28: udp port 80 is forwarded already (profiles/fiber.yaml:4)',
  ],
  [
    'a forward of an unknown protocol',
    'port_forwards: [{ protocol: tpc, port: 80, to: 192.0.2.9 }]',
    '3:29: expected tcp or udp, not "tpc" (tcp)',
  ],
  ['a word for a truth', 'metered: maybe', '3:10: expected true or false, not "maybe"'],

  [
    'a probe without a kind',
    'probes: [{ expect: 204 }]',
    '3:10: a probe needs one of ping, dns, http, tcp, arp, command',
  ],
  [
    'a probe of two kinds',
    'probes: [{ ping: 203.0.113.1, tcp: "203.0.113.1:80" }]',
    '3:31: one probe cannot be ping and tcp',
  ],
  ['an unknown kind of probe', 'probes: [{ pnig: 203.0.113.1 }]', '3:12: unknown key "pnig" (ping)'],
  [
    'a key of another kind of probe',
    'probes: [{ ping: 203.0.113.1, expect: 204 }]',
    '3:31: expect goes with http, not with ping',
  ],
  [
    'a probe of a family the WAN lacks',
    'probes: [{ ping: "2001:db8::1" }]',
    '3:19: 2001:db8::1 is ipv6, but the WAN is not; it would be with families: both',
  ],
  [
    'a URL of a family the WAN lacks',
    'probes: [{ http: "http://[2001:db8::1]/" }]',
    '3:19: 2001:db8::1 is ipv6, but the WAN is not; it would be with families: both',
  ],
  [
    'a URL of another scheme',
    'probes: [{ http: "ftp://192.0.2.1/" }]',
    '3:19: expected a URL, not "ftp://192.0.2.1/"',
  ],
  [
    'a TCP probe without a port',
    'probes: [{ tcp: 203.0.113.1 }]',
    '3:17: expected host:port or [IPv6 address]:port, not "203.0.113.1"',
  ],
  [
    'a TCP probe of a port with a leading zero',
    'probes: [{ tcp: 203.0.113.1:080 }]',
    '3:17: 080 is octal to some programs and decimal to others',
  ],
  [
    'a DNS probe of a name',
    'probes: [{ dns: dns.example.com }]',
    '3:17: expected an address, not "dns.example.com"',
  ],
  [
    'an address that is none',
    'probes: [{ ping: 203.0.113.256 }]',
    '3:18: "203.0.113.256" is neither an address nor a host name',
  ],
  [
    'an option in the place of a host',
    'probes: [{ ping: -f }, { ping: --help }]',
    '3:18: expected an address or host name, not "-f"',
    '3:32: expected an address or host name, not "--help"',
  ],
  [
    'hosts with an empty label',
    'probes: [{ ping: dns..example }, { tcp: "a..b:80" }, { http: "http://a..b/" }]',
    '3:18: expected an address or host name, not "dns..example"',
    '3:42: "a..b" is neither an address nor a host name',
    '3:63: "a..b" is neither an address nor a host name',
  ],
  [
    'a host with a label of 64 characters',
    `probes: [{ ping: ${'a'.repeat(64)}.example }]`,
    `3:18: expected an address or host name, not "${'a'.repeat(64)}.example"`,
  ],
  [
    'a command for a shell',
    'probes: [{ command: "/bin/check -a" }]',
    '3:22: no shell splits the command: write a list (["/bin/check", "-a"])',
  ],
  [
    'an ARP probe without a gateway',
    'gateway: none\nprobes: [{ arp: yes }]',
    '4:17: the WAN has no gateway to ask',
  ],
  ['a probe that is refused', 'probes: [{ arp: no }]', '3:17: leave the probe out instead'],

  ['an interval under 10 ms', 'health: { interval: 9ms }', '3:21: an interval under 10ms keeps a core busy'],
  ['a timeout of 0', 'health: { timeout: 0 }', '3:20: a timeout of 0 loses every probe'],
  [
    'a number without a unit',
    'health: { timeout: 1 }',
    '3:20: expected a duration such as 500ms, 10s or 10m, not "1"',
  ],
  [
    'a name to ask for with a label of 64 characters',
    `probes: [{ dns: 192.0.2.53, query: ${'a'.repeat(64)}.example }]`,
    `3:36: expected a domain name, not "${'a'.repeat(64)}.example"`,
  ],
  [
    'a name to ask for of 254 characters',
    `probes: [{ dns: 192.0.2.53, query: ${'a.'.repeat(126)}aa }]`,
    `3:36: expected a domain name, not "${'a.'.repeat(126)}aa"`,
  ],
  [
    'a name to ask for with an empty label',
    'probes: [{ dns: 192.0.2.53, query: a..example }]',
    '3:36: expected a domain name, not "a..example"',
  ],
  [
    'a number in quotes',
    'health: { fall: "4" }',
    '3:18: expected a whole number from 1 to 1000, not "4": write it without quotes',
  ],
  [
    'a quorum that cannot be met',
    'probes: [{ ping: 203.0.113.1 }]\nhealth: { quorum: 2 }',
    '4:19: a quorum of 2 cannot be met by 1 probe',
  ],
  [
    'equal loss thresholds',
    'health: { loss: { down: 10%, up: 10% } }',
    '3:34: loss: up must be lower than down',
  ],
  [
    'a loss threshold under the default of the other',
    'health: { loss: { down: 5% } }',
    '3:25: loss: up must be lower than down',
  ],
  [
    'rtt thresholds the wrong way round',
    'health: { rtt: { down: 100ms, up: 2s } }',
    '3:35: rtt: up must be lower than down',
  ],
  [
    'a percentage without its sign',
    'health: { loss: { down: 40 } }',
    '3:25: expected a percentage such as 40%, not "40" (40%)',
  ],
  [
    'more than all',
    'health: { loss: { down: 101% } }',
    '3:25: expected a percentage such as 40%, not "101%"',
  ],
  [
    'an unknown first health',
    'health: { initial: unkown }',
    '3:20: expected unknown, up or down, not "unkown" (unknown)',
  ],
  [
    'a window without a probe in it',
    'health: { interval: 10s, window: 5s }',
    '3:34: a window shorter than the interval holds no probe',
  ],
  [
    'a window with too many probes in it',
    'health: { interval: 10ms, window: 1m }',
    '3:35: a window holds at most 4096 probes: 40960ms at this interval',
  ],
  [
    'a quorum that no family can meet',
    'families: both\nprobes: [{ ping: 203.0.113.1 }, { ping: "2001:db8::1" }]\nhealth: { quorum: 2 }',
    '5:19: a quorum of 2 cannot be met by the 1 probe of either family: they are judged apart',
  ],
  [
    'a quorum that only the gateway could meet',
    'probes: [{ arp: yes }, { ping: 203.0.113.1 }]\nhealth: { quorum: 2 }',
    '4:19: a quorum of 2 cannot be met by 1 probe',
  ],
  [
    'a hold without a unit',
    'health: { hold: 5 }',
    '3:17: expected a duration such as 500ms, 10s or 10m, not "5"',
  ],
  [
    'a half-life of 0',
    'health: { damping: { half_life: 0 } }',
    '3:33: a half-life of 0 forgets at once: write damping: off',
  ],
  [
    'a damping that ends before half of it is forgotten',
    'health: { damping: { half_life: 1h } }',
    '3:33: damping: limit must not be shorter than half_life',
  ],
  [
    'a word for damping',
    'health: { damping: of }',
    '3:20: expected a mapping with half_life and limit, or off, not "of" (off)',
  ],
  [
    'an answer that is no address',
    'probes: [{ dns: 203.0.113.53, answer: www.example.com }]',
    '3:39: expected an address, not "www.example.com"',
  ],
  [
    'an answer to a ping',
    'probes: [{ ping: 203.0.113.1, answer: 203.0.113.9 }]',
    '3:31: answer goes with dns, not with ping',
  ],
];

describe('a profile is refused for', () => {
  test.each(REFUSED)('%s', (_, lines, ...expected) => {
    expect(diagnose(files({ fiber: lines }))).toEqual(expected.map((each) => `profiles/fiber.yaml:${each}`));
  });
});
