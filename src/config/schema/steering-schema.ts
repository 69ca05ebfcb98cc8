import * as z from 'zod/mini';
import { expecting, list, mapping, oneOrMore, optional, required } from './key.ts';
import { ADDRESS, alternatives, HOST_NAME, INTERFACES, name, ports, text, words } from './leaf.ts';

/** Protocols that have a name in both nft and iptables; icmp is the family's own ICMP. */
export const PROTOCOLS = ['tcp', 'udp', 'sctp', 'dccp', 'icmp', 'gre', 'esp', 'ah'] as const;

/** Protocols with ports. */
export const PORT_PROTOCOLS: readonly string[] = ['tcp', 'udp', 'sctp', 'dccp'];

export const DSCP_PHRASE = 'a DSCP from 0 to 63 or its name, such as ef';

const NEGATABLE = 'A leading ! (in quotes) negates.';

export const STEERING_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;

function matchedPorts() {
  return oneOrMore(
    'a port or a range such as 8000-8100',
    ports('a port from 1 to 65535 or a range such as 8000-8100', '!?'),
  );
}

/** What fits the pattern, with or without a ! before it. */
function negatable(pattern: string): RegExp {
  return new RegExp(`^!?${pattern}$`);
}

/** A whole number, or what the pattern takes. The range is the reader's, which says more. */
function matchedNumber(phrase: string, pattern: string) {
  return oneOrMore(
    phrase,
    expecting(phrase, (error) =>
      z.union(
        [z.int(error).check(z.minimum(0, error)), z.string(error).check(z.regex(negatable(pattern), error))],
        error,
      ),
    ),
  );
}

function matchedText(phrase: string, pattern: string) {
  return oneOrMore(phrase, text(phrase, negatable(pattern)));
}

function addressKeys() {
  return {
    in: optional(
      matchedText('an interface of lan, or router', INTERFACES),
      `Interface the connection comes in by; router stands for the router's own connections and stands alone. ${NEGATABLE}`,
      { examples: ['lan0', ['lan0', 'br+'], 'router'] },
    ),
    source: optional(
      matchedText('an address or prefix', ADDRESS),
      `Where the connection comes from. ${NEGATABLE}`,
      {
        examples: ['172.17.0.2', ['172.17.0.0/24', '2001:db8:17::/64'], '!172.17.0.9'],
      },
    ),
    destination: optional(
      matchedText('an address or prefix', ADDRESS),
      `Where the connection goes. ${NEGATABLE}`,
      {
        examples: ['203.0.113.0/24'],
      },
    ),
    mac: optional(
      matchedText('a MAC address', '(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}'),
      `Ethernet address of the client; never with in: router. ${NEGATABLE}`,
      { examples: ['02:00:5e:00:53:01'] },
    ),
    family: optional(words(['ipv4', 'ipv6']), 'Only connections of this family.'),
  };
}

function protocolKeys() {
  return {
    protocol: optional(
      matchedText(alternatives(PROTOCOLS), '[A-Za-z]\\S*'),
      `Protocol of the connection. ${NEGATABLE}`,
      {
        examples: ['tcp', ['tcp', 'udp']],
      },
    ),
    source_port: optional(
      matchedPorts(),
      `Port the connection comes from; needs a protocol with ports. ${NEGATABLE}`,
      { examples: ['1024-65535'] },
    ),
    destination_port: optional(
      matchedPorts(),
      `Port the connection goes to; needs a protocol with ports. ${NEGATABLE}`,
      { examples: [443, [443, '8000-8100'], '!25'] },
    ),
    dscp: optional(
      matchedNumber(DSCP_PHRASE, '(?:[0-9]{1,3}|[A-Za-z][A-Za-z0-9]*)'),
      `DSCP of the first packet. ${NEGATABLE}`,
      { examples: ['ef', 46] },
    ),
  };
}

function ruleSchema() {
  return mapping('a steering rule, a mapping with policy', {
    name: optional(
      text('a name of at most 40 letters, digits, _, . and -', STEERING_NAME_PATTERN),
      'Name of the rule in reports and in comments on generated rules; rule-N, by its place, when left out.',
      { examples: ['nas'] },
    ),
    ...addressKeys(),
    ...protocolKeys(),
    uid: optional(
      matchedNumber("a user's number", '[0-9]{1,10}'),
      `User that owns the router's own connection; only with in: router. ${NEGATABLE}`,
      { examples: [1000] },
    ),
    set: optional(
      // An ipset's name ends at 31 characters, of which `polywan-` and `-4` are ten.
      matchedText(
        'the name of a set, at most 21 letters, digits, _, . and -, a letter first',
        '[A-Za-z][A-Za-z0-9_.-]{0,20}',
      ),
      `Destination is in this set, which apply makes empty, one for each family, and you fill: with nftables set_NAME_ipv4 and set_NAME_ipv6 of table inet polywan (nft add element inet polywan set_NAME_ipv4 { 192.0.2.1 }), with iptables the ipsets polywan-NAME-4 and polywan-NAME-6 (ipset add polywan-NAME-4 192.0.2.1). Its members stay when the backend is changed, but for those with a timeout. ${NEGATABLE}`,
      { examples: ['streaming'] },
    ),
    domain: optional(
      matchedText('a domain name', HOST_NAME),
      `Destination is an address of this domain or one below it, as dnsmasq, which must be the resolver, filled it into a set: apply writes /etc/dnsmasq.d/polywan.conf, and dnsmasq reads that when it is started again. ${NEGATABLE}`,
      { examples: ['example.org'] },
    ),
    policy: required(name(), 'Name of the policy that chooses the WAN.', { examples: ['balanced'] }),
  });
}

export function steeringSchema() {
  return list('steering rules', ruleSchema());
}
