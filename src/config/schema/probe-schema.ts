import { DEFAULT_DNS_QUERY, DEFAULT_HTTP_STATUS } from '../defaults.ts';
import { list, mapping, oneOrMore, optional } from './key.ts';
import { address, DOMAIN_NAME, HOST_NAME, text, whole, yesNo } from './leaf.ts';

/** As much of an address as a pattern tells: digits with two separators. The reader says what else is wrong with it. */
const NUMERIC_ADDRESS = '[0-9A-Fa-f]*[:.][0-9A-Fa-f]*[:.][0-9A-Fa-f:.]*';

function dnsKeys() {
  return {
    dns: optional(address('an address'), 'DNS query to the server with this address.', {
      examples: ['203.0.113.53'],
    }),
    query: optional(
      text('a domain name', new RegExp(`^${DOMAIN_NAME}$`)),
      'Name that the dns probe asks for.',
      {
        default: DEFAULT_DNS_QUERY,
      },
    ),
    answer: optional(
      oneOrMore('an address', address('an address')),
      'Address that the answer to the dns probe must hold, or a list of which it must hold one. Left out: any answer is well.',
      { examples: ['203.0.113.9'] },
    ),
  };
}

function httpKeys() {
  return {
    http: optional(text('a URL', /^https?:\/\/[^\s/]+(?:\/\S*)?$/), 'HTTP request for this URL.', {
      examples: ['http://198.51.100.80/generate_204'],
    }),
    expect: optional(whole(100, 599), 'Status that the http probe expects.', {
      default: DEFAULT_HTTP_STATUS,
    }),
    body: optional(text('a text'), 'Text that the answer to the http probe must contain.', {
      examples: ['success'],
    }),
  };
}

export function probesSchema() {
  return list(
    'probes',
    mapping('a probe, a mapping with ping, dns, http, tcp, arp or command', {
      ping: optional(
        text('an address or host name', new RegExp(`^(?:${HOST_NAME}|${NUMERIC_ADDRESS})$`)),
        'ICMP echo to this address or host.',
        {
          examples: ['203.0.113.1'],
        },
      ),
      ...dnsKeys(),
      ...httpKeys(),
      tcp: optional(
        text('host:port or [IPv6 address]:port', /^\S+:[0-9]{1,5}$/),
        'TCP connection to this host and port.',
        {
          examples: ['198.51.100.80:443'],
        },
      ),
      arp: optional(
        yesNo(),
        "ARP request (neighbour solicitation for IPv6) to the WAN's gateway. It tells a dead gateway from a dead ISP behind it; for the quorum it counts only where no other probe is. It is asked once a second at most, whatever health's interval says: the kernel repeats such requests at that pace, and must not be hurried to find a gateway that has another address now.",
        {
          examples: [true],
        },
      ),
      command: optional(
        oneOrMore('a program', text('a program or one of its arguments')),
        'Program with its arguments; it ends with code 0 when the WAN is well. No shell is involved.',
        { examples: [['/etc/polywan/check-wan', '--fast']] },
      ),
    }),
  );
}
