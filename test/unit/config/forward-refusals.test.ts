import { refusesInSite } from './refuses.ts';

refusesInSite([
  [
    'an unknown key, for which no key is proposed that is there already',
    'port_forwards: [{ proto: tcp, port: 80, to: 192.0.2.9 }]',
    '4:19: unknown key "proto" (protocol)',
  ],
  [
    'a notrack port above 65535',
    'notrack: [{ protocol: udp, port: 70000 }]',
    '4:34: expected a port or a range such as 8000-8100, not "70000"',
  ],
  [
    'a notrack range turned round',
    'notrack: [{ protocol: udp, port: 9-8 }]',
    '4:34: expected a port from 1 to 65535 or a range such as 8000-8100, not "9-8"',
  ],
  [
    'a forward to a larger range',
    'port_forwards: [{ protocol: tcp, port: 8000-8001, to: "192.0.2.9:90-92" }]',
    '4:56: 2 ports cannot go to 3 ports',
  ],
  [
    'a forward of a range to one port',
    'port_forwards: [{ protocol: tcp, port: 8000-8001, to: "192.0.2.9:90" }]',
    '4:56: 2 ports cannot go to 1 port',
  ],
  [
    'a forward to nowhere',
    'port_forwards: [{ protocol: tcp, port: 80, to: "nas:80" }]',
    '4:49: expected an address, address:port or [IPv6 address]:port, not "nas:80"',
  ],
  [
    'a forward from or to a port with a leading zero',
    'port_forwards: [{ protocol: tcp, port: "080", to: "192.0.2.9:080" }]',
    '4:41: 080 is octal to some programs and decimal to others',
    '4:52: 080 is octal to some programs and decimal to others',
  ],
  [
    'a forward to the router itself',
    'port_forwards: [{ protocol: tcp, port: 80, to: 127.0.0.1 }]',
    '4:48: 127.0.0.1 is no address of an inside host',
  ],
  [
    'a forward of a family no WAN has',
    'port_forwards: [{ protocol: tcp, port: 80, to: "[2001:db8::1]:80" }]',
    '4:49: no WAN has ipv6',
  ],
  [
    'overlapping forwards',
    'port_forwards:\n  - { protocol: tcp, port: 80-90, to: 192.0.2.9 }\n  - { protocol: tcp, port: 85, to: 192.0.2.8 }',
    '6:28: tcp port 85 is forwarded already (polywan.yaml:5)',
  ],
]);
