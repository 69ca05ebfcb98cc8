import type { Family } from '../../../src/net/family.ts';
import type { Part, Recipe, TestFlow } from './generate.ts';
import { SERVER_PORTS } from './hosts.ts';
import { type Random, seededRandom } from './random.ts';

/**
 * What the second generator makes of a first one's case: the same ruleset in IPv6, for TCP, for sockets with a mark.
 * The first generator's seeds stay what they were.
 */
export interface Variation {
  readonly family: Family;
  /** Some flows are TCP, and some rules that spoke of UDP speak of it. */
  readonly tcp: boolean;
}

export const PLAIN: Variation = { family: 'ipv4', tcp: false };

const MARKS = [0x30, 0x36, 0x1, 0x100, 0x130] as const;

export function variationOf(seed: number): Variation {
  const random = seededRandom(seed ^ 0x7a11);
  return { family: random.chance(0.5) ? 'ipv6' : 'ipv4', tcp: random.chance(0.5) };
}

export function varyRecipe(recipe: Recipe, variation: Variation): Recipe {
  const random = seededRandom(recipe.seed ^ 0x7a12);
  const parts = recipe.parts.map((part) => {
    const tcp = variation.tcp && random.chance(0.5);
    // An inet table has rules for the other family, too; they match nothing.
    const foreign = part.kind === 'nft' && recipe.nftFamily === 'inet' && random.chance(0.1);
    const text = besideState(tcp ? inTcp(part.text) : part.text);
    return { ...part, text: foreign ? text : inFamily(text, variation.family) };
  });
  const sysctls = variation.tcp
    ? { ...recipe.sysctls, 'net.ipv4.tcp_fwmark_accept': random.pick(['0', '1']) }
    : recipe.sysctls;
  return { ...recipe, parts, sysctls, variation };
}

const PROTOCOLS = ['udp', 'tcp', 'icmp'] as const;

/** What the third generator makes of a second one's case: policy rules and routes that ask for more of a packet. */
export function varyRouting(recipe: Recipe): Recipe {
  const random = seededRandom(recipe.seed ^ 0x7a15);
  const parts = recipe.parts.flatMap((part): readonly Part[] => {
    if (part.kind === 'rule' && random.chance(0.7)) return [{ ...part, text: withMore(random, part.text) }];
    if (part.kind !== 'route' || part.text.includes('nexthop') || random.chance(0.6)) return [part];
    return [part, { ...part, text: withCondition(random, otherWay(part.text), recipe.variation.family) }];
  });
  return { ...recipe, parts };
}

function withMore(random: Random, rule: string): string {
  const more = random.pick([
    `ipproto ${random.pick(PROTOCOLS)}`,
    `ipproto ${random.pick(PROTOCOLS)} dport ${random.pick(SERVER_PORTS)}`,
    `dport ${random.pick(['50-500', '443', '1000-60000'])}`,
    `sport ${random.pick(['1-50000', '50001-65000'])}`,
    `ipproto udp sport ${random.pick(SERVER_PORTS)}`,
    `uidrange ${random.pick(['0-0', '0-1000', '1-1000'])}`,
    `tos ${random.pick(['0x10', '0x4', '0x8'])}`,
    `oif ${random.pick(['wan0', 'wan1', 'lan0'])}`,
  ]);
  return rule.replace(/ (?=lookup|goto|unreachable|blackhole|prohibit)/, ` ${more} `);
}

/** The same route for some packets only; what it asks stands behind its destination. */
function withCondition(random: Random, text: string, family: Family): string {
  const network = random.pick([
    '192.168.1.0/24',
    '192.168.1.10/32',
    '198.51.100.0/24',
    '203.0.113.2/32',
    '192.0.2.0/24',
  ]);
  const tos = random.pick(['0x10', '0x8', '0x4']);
  const condition = family === 'ipv6' ? `from ${inFamily(network, family)}` : `tos ${tos}`;
  return text.replace(/^((?:unreachable |blackhole |throw )?\S+)/, `$1 ${condition}`);
}

/** By the other WAN. */
function otherWay(text: string): string {
  const ways = ['via 198.51.100.1 dev wan0', 'via 203.0.113.1 dev wan1'];
  const [one = '', two = ''] = text.includes(':') ? ways.map((way) => inFamily(way, 'ipv6')) : ways;
  return text.includes(one) ? text.replace(one, two) : text.replace(two, one);
}

/** More of the flows are the router's own, and half of those come from a socket with a mark. */
export function varyFlows(
  flows: readonly TestFlow[],
  seed: number,
  { family, tcp }: Variation,
): readonly TestFlow[] {
  const random = seededRandom(seed ^ 0x7a13);
  return flows.map((flow) => {
    const own = flow.side === 'lan' && random.chance(0.2);
    const side = own ? 'box' : flow.side;
    const address = own ? '0.0.0.0' : flow.from.address;
    const mark = random.chance(0.5) ? random.pick(MARKS) : 0;
    return {
      ...flow,
      side,
      from: { ...flow.from, address: inFamily(address, family) },
      to: { ...flow.to, address: inFamily(flow.to.address, family) },
      protocol: tcp && random.chance(0.6) ? ('tcp' as const) : ('udp' as const),
      mark: side === 'box' ? mark : 0,
    };
  });
}

/** Beside a state that an untracked packet can have, what else `-m conntrack` asks for is not looked at. */
function besideState(text: string): string {
  return text.replace('--ctdir REPLY', '--ctdir REPLY ! --ctstate INVALID');
}

function inTcp(text: string): string {
  const plain = text.replace(/\budp (sport|dport)\b|(l4proto|-p|-m) udp\b/g, (all) =>
    all.replace('udp', 'tcp'),
  );
  const flags = plain.replace('ip dscp cs0', 'tcp flags & (syn | ack) == syn');
  return flags.includes('-p ')
    ? flags
    : flags.replace(/-m dscp (! )?--dscp 0x00/, (_all, not) => `-p tcp -m tcp ${not ?? ''}--syn`);
}

/** The first three bytes of an IPv4 network and the first 64 bits of its counterpart. */
const NETWORKS: Readonly<Record<string, string>> = {
  '192.168.1': '2001:db8:1',
  '192.0.2': '2001:db8:2',
  '192.0.3': '2001:db8:3',
  '198.51.100': '2001:db8:51',
  '203.0.113': '2001:db8:113',
};

/** Whole words that no counterpart's network covers. */
const WORDS: Readonly<Record<string, string>> = {
  '0.0.0.0/1': '::/1',
  '0.0.0.0': '::',
  '192.0.0.1/255.0.0.255': '2001:db8::1/ffff:ffff::ff',
  '192.0.0.0/8': '2001:db8::/32',
};

/** The same words about the other family: addresses, nft's header names, sets by their family. */
export function inFamily(text: string, family: Family): string {
  if (family === 'ipv4') return text;
  const special = Object.entries(WORDS).reduce((done, [from, to]) => done.replaceAll(from, to), text);
  return special
    .replace(
      /\b(\d+\.\d+\.\d+)\.(\d+)(?:\/(\d+)|(:\d+))?/g,
      (all, network: string, host: string, length?: string, port?: string) => {
        const prefix = NETWORKS[network];
        if (prefix === undefined) return all;
        const address = `${prefix}::${Number(host).toString(16)}`;
        if (port !== undefined) return `[${address}]${port}`;
        return length === undefined ? address : `${address}/${longer(Number(length))}`;
      },
    )
    .replace(/\bip (saddr|daddr|dscp|to)\b/g, 'ip6 $1')
    .replace(/@(hosts|networks|services|marks)\b/g, '@$16')
    .replace('ipv4_addr', 'ipv6_addr')
    .replace('family inet', 'family inet6');
}

/** Up to 24 bits are the network's 64; the rest counts from the end. */
function longer(length: number): number {
  return length <= 24 ? 64 : 96 + length;
}
