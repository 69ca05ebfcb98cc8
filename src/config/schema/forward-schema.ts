import { list, mapping, optional, required } from './key.ts';
import { address, ports, words } from './leaf.ts';

export function portForwardsSchema(description: string) {
  const forward = mapping('a mapping with protocol, port and to', {
    protocol: required(words(['tcp', 'udp']), 'Protocol of the connections.'),
    port: required(ports(), 'Port on the WAN, or a range of ports.', { examples: [2222, '8000-8100'] }),
    to: required(
      address('an address, address:port or [IPv6 address]:port'),
      'Inside host, with its port where it is another one. A range goes to a range of the same size.',
      { examples: ['192.168.50.121:22', '[2001:db8:50::121]:22', '192.168.50.121:9000-9100'] },
    ),
  });
  return optional(list('port forwards', forward), description, {
    examples: [[{ protocol: 'tcp', port: 2222, to: '192.168.50.121:22' }]],
  });
}

export function notrackSchema() {
  const pair = mapping('a mapping with protocol and port', {
    protocol: required(words(['tcp', 'udp']), 'Protocol of the packets.'),
    port: required(ports(), 'Port on the loopback interface, or a range of ports.', { examples: [40427] }),
  });
  return optional(
    list('notrack entries', pair),
    'Ports of proxies on the loopback interface (WireGuard, eBPF): never tracked and never translated, in either direction.',
    { examples: [[{ protocol: 'udp', port: 40427 }]] },
  );
}
