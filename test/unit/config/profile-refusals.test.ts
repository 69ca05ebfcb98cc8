import { describe, expect, test } from 'vitest';
import { diagnose, files } from './diagnose.ts';

/** Lines after line 2 of a right profile of the WAN fiber on wan0, and what is said of them. */
const REFUSED: readonly (readonly [title: string, lines: string, ...expected: string[]])[] = [
  ['an unknown key', 'gatway: auto', '3:1: unknown key "gatway" (gateway)'],
  ['a gateway that is none', 'gateway: atuo', '3:10: expected an address, auto or none, not "atuo" (auto)'],
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
  [
    'a truth in quotes',
    'metered: "true"',
    '3:11: expected true or false, not "true": write it without quotes',
  ],
  ['a truth by another spelling', 'metered: flase', '3:10: expected true or false, not "flase" (false)'],
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
];

describe('a profile is refused for', () => {
  test.each(REFUSED)('%s', (_, lines, ...expected) => {
    expect(diagnose(files({ fiber: lines }))).toEqual(expected.map((each) => `profiles/fiber.yaml:${each}`));
  });
});
