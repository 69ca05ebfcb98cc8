import { refusesInProfile } from './refuses.ts';

refusesInProfile([
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
    'half an address, where quotes cure nothing',
    'probes: [{ ping: 1.1 }]',
    '3:18: expected an address or host name, not "1.1"',
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
    'an answer that is no address',
    'probes: [{ dns: 203.0.113.53, answer: www.example.com }]',
    '3:39: expected an address, not "www.example.com"',
  ],
  [
    'an answer to a ping',
    'probes: [{ ping: 203.0.113.1, answer: 203.0.113.9 }]',
    '3:31: answer goes with dns, not with ping',
  ],
]);
