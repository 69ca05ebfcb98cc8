import { MAX_UID } from '../max-uid.ts';
import { list, mapping, oneOrMore, optional, required } from './key.ts';
import { address, interfaceName, NAME_PATTERN, name, text, whole, words } from './leaf.ts';
import { PROTOCOLS } from './steering-schema.ts';

function flowSchema() {
  return mapping('a mapping with in, destination and protocol', {
    in: required(
      interfaceName('one interface of lan, by its whole name, or router'),
      'Interface the connection comes in by, or router.',
      { examples: ['lan0'] },
    ),
    source: optional(
      address('an address'),
      "Address the connection comes from. Left out: a host's in the network of in; the router's own by the route.",
      {
        examples: ['172.17.0.2'],
      },
    ),
    destination: required(address('an address'), 'Address the connection goes to.', {
      examples: ['203.0.113.9'],
    }),
    protocol: required(words(PROTOCOLS), 'Protocol of the connection.', { examples: ['tcp'] }),
    source_port: optional(
      whole(1, 65535),
      'Port the connection comes from; when left out, any that programs are given.',
      { examples: [50000] },
    ),
    destination_port: optional(
      whole(1, 65535),
      'Port the connection goes to; 9 (discard) of tcp and udp when left out.',
      { examples: [443] },
    ),
    uid: optional(
      whole(0, MAX_UID, `a user's number up to ${MAX_UID}`),
      "User that owns the router's own connection; only with in: router. Root, 0, when left out.",
      { examples: [1000] },
    ),
  });
}

export function expectSchema() {
  return list(
    'expectations',
    mapping('a mapping with flow and exit', {
      flow: required(flowSchema(), 'The connection.', {
        examples: [{ in: 'lan0', destination: '203.0.113.9', protocol: 'tcp', destination_port: 443 }],
      }),
      down: optional(oneOrMore('the name of a WAN', name()), 'WANs that are down.', {
        examples: [['fiber']],
      }),
      exit: required(
        text('the name of a WAN, unreachable, blackhole or main', NAME_PATTERN),
        'The WAN the connection must leave by, or the last resort it must meet.',
        { examples: ['cable'] },
      ),
    }),
  );
}
