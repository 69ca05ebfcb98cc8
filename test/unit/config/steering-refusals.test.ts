import { refusesInSite } from './refuses.ts';

refusesInSite([
  [
    'an unknown policy of a steering rule',
    'steering: [{ policy: balance }]',
    '4:22: unknown policy "balance" (balanced)',
  ],
  [
    'a name of a set that is too long for an ipset',
    'steering: [{ set: streaming-by-our-house, policy: balanced }]',
    '4:19: expected the name of a set, at most 21 letters, digits, _, . and -, a letter first, not "streaming-by-our-house"',
  ],
  [
    'abbreviated keys, for each of which the shortest key with its letters is proposed',
    'steering: [{ src: 192.0.2.9, dst: 203.0.113.9, prot: tcp, dport: 80, Pol: balanced }]',
    '4:14: unknown key "src" (source)',
    '4:30: unknown key "dst" (destination)',
    '4:48: unknown key "prot" (protocol)',
    '4:59: unknown key "dport" (destination_port)',
    '4:70: unknown key "Pol" (policy)',
  ],
  ['a steering rule without a policy', 'steering: [{ name: nas }]', '4:14: "policy" is missing'],
  [
    'two steering rules of one name',
    'steering:\n  - { name: a, policy: balanced }\n  - { name: a, policy: balanced }',
    '6:13: a second steering rule "a"',
  ],
  [
    'a name that another rule has by its place',
    'steering: [{ name: rule-2, policy: balanced }, { policy: balanced }]',
    '4:48: a second steering rule "rule-2"',
  ],
  [
    'a source with host bits',
    'steering: [{ source: 192.0.2.9/24, policy: balanced }]',
    '4:22: 192.0.2.9/24 has host bits (192.0.2.0/24)',
  ],
  [
    'a negated source with host bits',
    'steering: [{ source: "!192.0.2.9/24", policy: balanced }]',
    '4:23: 192.0.2.9/24 has host bits (!192.0.2.0/24)',
  ],
  [
    'numbers for texts, where quotes cure some',
    'steering: [{ name: 1, in: [5], source: 5, protocol: 6, policy: balanced }]',
    '4:20: expected a name of at most 40 letters, digits, _, . and -, not "1": put it in quotes',
    '4:28: expected an interface of lan, or router, not "5": put it in quotes',
    '4:40: expected an address or prefix, or a list of them, not "5"',
    '4:53: expected tcp, udp, sctp, dccp, icmp, gre, esp or ah, or a list of them, not "6"',
  ],
  [
    'a source that is none',
    'steering: [{ source: 192.0.2.256, policy: balanced }]',
    '4:22: expected an address or prefix, not "192.0.2.256"',
  ],
  [
    'an IPv6 source under family ipv4',
    'steering: [{ family: ipv4, source: "2001:db8::1", policy: balanced }]',
    '4:37: an ipv6 source can never match: the rule is ipv4',
  ],
  [
    'a rule for all but every address',
    'steering: [{ source: ["!0.0.0.0/0", "!::/0"], policy: balanced }]',
    '4:38: the rule can never match: no ipv6 source is left, and no ipv4 source is left',
  ],
  [
    'an IPv4 rule for all but every IPv4 address',
    'steering: [{ family: ipv4, destination: "!0.0.0.0/0", policy: balanced }]',
    '4:42: the rule can never match: no ipv4 destination is left, and the rule is ipv4',
  ],
  [
    'an IPv6 destination for an IPv4 source',
    'steering: [{ source: 192.0.2.9, destination: "2001:db8::1", policy: balanced }]',
    '4:47: an ipv6 destination can never match: the source is ipv4',
  ],
  [
    'a wrong value with an alias, which is told once',
    'steering: [{ source: &nas 192.0.2.9/24, policy: balanced }, { destination: *nas, policy: balanced }]',
    '4:27: 192.0.2.9/24 has host bits (192.0.2.0/24)',
  ],
  [
    'merged keys, which are not also told as missing',
    'steering:\n  - &nas { source: 192.0.2.9, policy: balanced }\n  - { <<: *nas, protocol: tcp }',
    '6:7: unknown key "<<": YAML 1.2 merges nothing, write the keys out',
  ],
  [
    'a negation among plain values',
    'steering: [{ source: [192.0.2.9, "!192.0.2.8"], policy: balanced }]',
    '4:35: one key is negated as a whole: a ! before every value, or before none',
  ],
  [
    'a negation without quotes',
    'steering: [{ source: !192.0.2.9, policy: balanced }]',
    '4:22: YAML takes a leading ! for a tag: write it in quotes, together with its value ("!192.0.2.9")',
  ],
  [
    'a negation without quotes that stands apart',
    'steering: [{ source: [! 192.0.2.9, "!192.0.2.8"], policy: balanced }]',
    '4:23: YAML takes a leading ! for a tag: write it in quotes, together with its value ("!192.0.2.9")',
  ],
  [
    'a negation of a whole list',
    'steering: [{ source: ! [192.0.2.9], policy: balanced }]',
    '4:22: YAML takes a leading ! for a tag: write it in quotes, together with its value',
  ],
  [
    'a negation outside of the quotes',
    'steering: [{ in: !"lan0", policy: balanced }]',
    '4:25: YAML takes a leading ! for a tag: write it in quotes, together with its value',
  ],
  [
    'addresses for domains',
    'steering: [{ domain: [192.0.2.9, 1.5], policy: balanced }]',
    '4:23: expected a domain name, not "192.0.2.9"',
    '4:34: expected a domain name, not "1.5"',
  ],
  [
    'a domain of 254 characters',
    `steering: [{ domain: ${'a.'.repeat(126)}aa, policy: balanced }]`,
    `4:22: expected a domain name, not "${'a.'.repeat(126)}aa"`,
  ],
  [
    'a port without a protocol',
    'steering: [{ destination_port: 443, policy: balanced }]',
    '4:14: destination_port needs a protocol with ports: tcp, udp, sctp, dccp',
  ],
  [
    'a port under a protocol without ports',
    'steering: [{ protocol: [tcp, icmp], source_port: 443, policy: balanced }]',
    '4:37: source_port needs a protocol with ports: tcp, udp, sctp, dccp',
  ],
  [
    'a port under a negated protocol',
    'steering: [{ protocol: "!tcp", source_port: 443, policy: balanced }]',
    '4:32: source_port needs a protocol with ports: tcp, udp, sctp, dccp',
  ],
  [
    'an unknown protocol',
    'steering: [{ protocol: tpc, destination_port: 443, policy: balanced }]',
    '4:24: unknown protocol "tpc" (tcp)',
  ],
  [
    'ports turned round',
    'steering: [{ protocol: tcp, destination_port: 9000-8000, policy: balanced }]',
    '4:47: expected a port from 1 to 65535 or a range such as 8000-8100, not "9000-8000"',
  ],
  [
    'ports with a leading zero',
    'steering: [{ protocol: tcp, source_port: "!0022", destination_port: [8000-08100, "443"], policy: balanced }]',
    '4:43: 0022 is octal to some programs and decimal to others',
    '4:70: 08100 is octal to some programs and decimal to others',
  ],
  [
    'a DSCP and a user with a leading zero',
    'steering: [{ in: router, dscp: "046", uid: "!0100", policy: balanced }]',
    '4:33: 046 is octal to some programs and decimal to others',
    '4:45: 0100 is octal to some programs and decimal to others',
  ],
  [
    'a prefix length with a leading zero',
    'steering: [{ source: 192.0.2.0/024, policy: balanced }]',
    '4:22: 024 is octal to some programs and decimal to others',
  ],
  [
    'port 0',
    'steering: [{ protocol: tcp, destination_port: [443, 0], policy: balanced }]',
    '4:53: expected a port from 1 to 65535 or a range such as 8000-8100, not "0"',
  ],
  [
    'an owner without in: router',
    'steering: [{ uid: 1000, policy: balanced }]',
    '4:14: uid needs in: router',
  ],
  [
    'a MAC address of the router',
    'steering: [{ in: router, mac: "02:00:5e:00:53:01", policy: balanced }]',
    "4:26: the router's own connections have no mac",
  ],
  [
    'a MAC address that is none',
    'steering: [{ mac: "02:00:5e:00:53", policy: balanced }]',
    '4:20: expected a MAC address, not "02:00:5e:00:53"',
  ],
  [
    'an interface that is not inside',
    'steering: [{ in: lan1, policy: balanced }]',
    '4:18: "lan1" is no interface of lan (lan0)',
  ],
  [
    'an interface with a character that none can have',
    'steering: [{ in: ["!lan/0"], policy: balanced }]',
    '4:20: expected an interface of lan, or router, not "!lan/0"',
  ],
  [
    'router beside an interface',
    'steering: [{ in: [router, lan0], policy: balanced }]',
    '4:19: router stands alone: give it a rule of its own',
  ],
  [
    'router negated',
    'steering: [{ in: "!router", policy: balanced }]',
    '4:19: router cannot be negated: name the interfaces instead',
  ],
  [
    'a DSCP above 63',
    'steering: [{ dscp: 64, policy: balanced }]',
    '4:20: expected a DSCP from 0 to 63 or its name, such as ef, not "64"',
  ],
  [
    'a name of a DSCP in capitals',
    'steering: [{ dscp: EF, policy: balanced }]',
    '4:20: expected a DSCP from 0 to 63 or its name, such as ef, not "EF" (ef)',
  ],
  [
    'a user beyond 32 bits',
    'steering: [{ in: router, uid: 4294967295, policy: balanced }]',
    '4:31: expected a user\'s number up to 4294967294, not "4294967295"',
  ],
]);
