import type { Family } from '../../../src/net/family.ts';
import type { Part, Recipe, TestFlow } from './generate.ts';
import { nftRule } from './generate-nft.ts';
import { OWN } from './hosts.ts';
import { type Random, seededRandom } from './random.ts';
import { inFamily } from './variation.ts';

/** What the fourth generator makes of a third one's case: rules that ask for more of a packet, and packets that have it. */
export function varyMatches(recipe: Recipe): Recipe {
  const random = seededRandom(recipe.seed ^ 0x7a17);
  const { family } = recipe.variation;
  const hooks = new Map(recipe.bases.map((base) => [base.name, base.hook]));
  const parts = recipe.parts.map((part): Part => {
    if (!random.chance(0.5)) return part;
    if (part.kind === 'nft')
      return { ...part, text: withMatch(nftMatch(random, recipe, hooks.get(part.chain)), part.text) };
    if (part.kind === 'iptables')
      return { ...part, text: `${iptablesMatch(random, family, part)} ${part.text}`.trim() };
    return part;
  });
  const varied = { ...recipe, parts: ofEitherPort(recipe.seed, parts) };
  return random.chance(0.3) ? withIngress(random, varied) : varied;
}

/** Half of the rules that ask for destination ports from a list ask for either port: replies have one of these as source. */
function ofEitherPort(seed: number, parts: readonly Part[]): readonly Part[] {
  const random = seededRandom(seed ^ 0x7a19);
  return parts.map((part) =>
    random.chance(0.5) ? { ...part, text: part.text.replace('--dports', '--ports') } : part,
  );
}

/** What is not to be had before a packet is routed, or jumps to where it stands. */
const TOO_LATE = /\b(?:fib|jump|goto|vmap|oifname|ct original)\b/;

/** A chain at a device, which sees packets before all others. */
function withIngress(random: Random, recipe: Recipe): Recipe {
  if (recipe.nftFamily !== 'inet' || recipe.bases.length === 0) return recipe;
  const device = random.pick(['lan0', 'wan0', 'wan1', 'lo']);
  const base = { name: 'edge', type: 'filter', hook: 'ingress', priority: 0, device } as const;
  const texts = Array.from({ length: 1 + random.below(4) }, () => nftRule(random, base));
  const rules = texts
    .filter((text) => !TOO_LATE.test(text))
    .map((text): Part => ({ kind: 'nft', chain: base.name, text: inFamily(text, recipe.variation.family) }));
  return { ...recipe, bases: [...recipe.bases, base], parts: [...recipe.parts, ...rules] };
}

const TOS = [0, 0, 0x10, 0x20, 0xb8] as const;
const UIDS = [0, 0, 1, 1000] as const;

/** Some have a type of service, and some of the router's own another owner than root. */
export function varySenders(flows: readonly TestFlow[], seed: number): readonly TestFlow[] {
  const random = seededRandom(seed ^ 0x7a18);
  return flows.map((flow) => ({
    ...flow,
    // Over loopback.
    to:
      flow.side === 'box' && random.chance(0.2)
        ? { ...flow.to, address: ownAddress(flow.to.address) }
        : flow.to,
    tos: flow.side === 'out' ? 0 : random.pick(TOS),
    uid: flow.side === 'box' ? random.pick(UIDS) : 0,
  }));
}

const PROTOCOL = /\b(?:udp|tcp|icmp|icmpv6|nfproto|l3proto|iiftype|th|ip6?|protocol)\b/;

/** Two of them in a row nft 1.0.6 lists as one range of the second, whatever the first was about. */
const COMPARISON = /[<>]=? (?:0x)?\d/;

/** nft takes no two protocols in a rule, and leaves out of its listing what it takes for another match's condition. */
function withMatch(match: string, text: string): string {
  const merged = COMPARISON.test(match) && COMPARISON.test(text);
  return merged || (PROTOCOL.test(match) && PROTOCOL.test(text)) ? text : `${match} ${text}`;
}

function ownAddress(instead: string): string {
  return instead.includes(':') ? inFamily(OWN[0], 'ipv6') : OWN[0];
}

function nftMatch(
  random: Random,
  { variation: { family }, nftFamily }: Recipe,
  hook: string | undefined,
): string {
  const ip = family === 'ipv4' ? 'ip' : 'ip6';
  const not = random.chance(0.3) ? '!= ' : '';
  const length = String(random.pick([104, 118, 130]));
  const choices: (() => string)[] = [
    () => `meta pkttype ${not}${random.pick(['host', 'broadcast', 'multicast'])}`,
    () => `meta length ${random.pick(['>', '<'])} ${length}`,
    () => `${ip} length ${random.pick(['>', '<'])} ${length}`,
    () => `meta protocol ${not}${random.pick(['ip', 'ip6'])}`,
    () => (nftFamily === 'inet' ? `meta nfproto ${not}${random.pick(['ipv4', 'ipv6'])}` : 'counter'),
    () => `${family === 'ipv4' ? 'ip protocol' : 'ip6 nexthdr'} ${not}${random.pick(['udp', 'tcp'])}`,
    () =>
      family === 'ipv4'
        ? `ip frag-off & ${random.pick(['0x1fff', '0x4000', '0x3fff'])} != 0`
        : 'ip6 hoplimit > 1',
    () => `ct status & assured ${random.pick(['==', '!='])} assured`,
    () => `ct status ${random.pick(['assured', 'confirmed', 'snat', 'dnat', 'seen-reply', 'expected'])}`,
    () => `ct protocol ${not}${random.pick(['udp', 'tcp'])}`,
    () => `meta l4proto udp ct original proto-dst ${not}${random.pick(['53', '443'])}`,
    () => `meta l4proto tcp ct reply proto-src ${not}${random.pick(['53', '443'])}`,
    () =>
      `ct ${random.pick(['original', 'reply'])} ${ip} ${random.pick(['saddr', 'daddr'])} ${ip === 'ip' ? '192.0.2.1' : '2001:db8:2::1'}`,
    () => `ct l3proto ${family}`,
    () => 'ct zone 0',
    () => `meta skuid ${not}${random.pick(['0', '1000', '0-999'])}`,
    () => `meta skgid ${not}0`,
    () => `ether type ${ip}`,
    () => `${family === 'ipv4' ? 'icmp' : 'icmpv6'} type ${not}destination-unreachable`,
    () => `tcp flags ${not}syn`,
    () => `tcp flags & (fin | syn | rst | ack) ${random.pick(['==', '!='])} syn`,
    () => `th dport ${not}${random.pick(['53', '443'])}`,
    () => `udp length > ${length}`,
    () => `meta iif ${not}"lo"`,
    () => 'meta iiftype ether',
    () => `meta oif ${not}"lan0"`,
    () => `${ip} dscp ${not}${random.pick(['ef', 'cs1', '{ cs0, ef }', '0x04'])}`,
    () => 'limit rate over 1000000/second',
    () => `meta mark . meta l4proto { 0x30 . udp, 0x36 . udp, 0x0 . tcp }`,
    () => `iifname . meta mark { "lan0" . 0x0, "wan0" . 0x30 }`,
    () => `meta mark set iifname map { "lan0" : 0x30, "wan0" : 0x36, "wan1" : 0x1 }`,
    () => `meta mark set ct mark map { 0x30 : 0x36, 0x0-0x2f : 0x1 }`,
    () => `meta mark set meta mark << ${random.pick(['1', '4'])}`,
    () => `meta mark set ct mark >> ${random.pick(['1', '4'])}`,
    () => `ct mark set meta mark << 2`,
    () => `meta mark set meta mark | 0x100`,
    () => `ct mark set ct mark ^ 0x30`,
    () => `ct state vmap { established : return, invalid : continue }`,
    () => `fib daddr type vmap { local : return, unicast : continue }`,
    () => `meta l4proto vmap { tcp : return, udp : continue }`,
    () => `meta priority set 1:1`,
    () => `log prefix "x" level debug`,
  ];
  if (hook === 'prerouting') choices.push(() => `ether saddr ${not}02:00:00:00:01:02`);
  return (choices[random.below(choices.length)] ?? (() => ''))();
}

function iptablesMatch(
  random: Random,
  family: Family,
  { chain, text }: Extract<Part, { kind: 'iptables' }>,
): string {
  const not = random.chance(0.3) ? '! ' : '';
  const v4 = family === 'ipv4';
  const net = v4 ? '192.0.2.0/24' : '2001:db8:2::/64';
  const choices: (() => string)[] = [
    () => `-m pkttype ${not}--pkt-type ${random.pick(['unicast', 'broadcast', 'multicast'])}`,
    () => `-m length ${not}--length ${random.pick(['0:118', '119:400'])}`,
    () => `-m state ${not}--state ${random.pick(['NEW', 'ESTABLISHED', 'INVALID', 'RELATED,ESTABLISHED'])}`,
    () => `-m conntrack ${not}--ctstatus ${random.pick(['ASSURED', 'CONFIRMED', 'EXPECTED', 'NONE'])}`,
    () => `-m conntrack ${not}--ctproto ${random.pick(['udp', 'tcp'])}`,
    () => `-m conntrack ${not}--ctorigsrc ${net}`,
    () => `-m conntrack ${not}--ctreplsrc ${net}`,
    () => `-m conntrack ${not}--ctrepldst ${net}`,
    () => `-m conntrack ${not}--ctproto udp --ctorigdstport ${random.pick(['53', '400:500'])}`,
    () => `-m conntrack ${not}--ctreplsrcport 53`,
    () => '-m conntrack --ctexpire 0:100000',
    () => (v4 ? '-m ttl --ttl-gt 1' : '-m hl --hl-gt 1'),
    () => `-m tos ${not}--tos ${random.pick(['0x10', '0x20', '0xb8/0xfc'])}`,
    () => `-m dscp ${not}--dscp-class ${random.pick(['EF', 'CS1', 'BE'])}`,
    () => `-m iprange ${not}--dst-range ${v4 ? '192.0.2.1-192.0.2.100' : '2001:db8:2::1-2001:db8:2::100'}`,
    () =>
      `-m addrtype ${not}--dst-type ${random.pick(['UNICAST', v4 ? 'LOCAL,BROADCAST' : 'LOCAL,ANYCAST', 'MULTICAST'])}`,
    () => '-m limit --limit 10000/s --limit-burst 10000',
    () => '-m connbytes --connbytes 0:2 --connbytes-dir both --connbytes-mode packets',
    () => `-m recent --name r${random.below(2)} --${random.pick(['set', 'rcheck', 'update'])}`,
    () => '-m statistic --mode nth --every 2 --packet 0',
    () => '-m comment --comment "a b"',
    () => (v4 ? `${not}-f` : ''),
    () => '-m cpu --cpu 0',
    () => '-m connlabel --label 1',
    () => (v4 ? '-m u32 --u32 "6&0xFF=0x11"' : ''),
    () => '-m bpf --bytecode "1,6 0 0 1"',
  ];
  const isIn = chain === 'PREROUTING' || chain === 'INPUT' || chain === 'FORWARD';
  if (isIn)
    choices.push(
      () => `-m mac ${not}--mac-source 02:00:00:00:01:02`,
      () => '-m policy --dir in --pol none',
      () => (v4 ? '-m realm --realm 0' : ''),
    );
  if (chain === 'PREROUTING' || chain === 'INPUT')
    choices.push(
      () => `-m addrtype ${not}--dst-type LOCAL --limit-iface-in`,
      () => `-m socket ${random.pick(['', '--transparent', '--nowildcard'])}`,
    );
  if (chain === 'OUTPUT' || chain === 'POSTROUTING')
    choices.push(
      () => `-m owner ${not}--gid-owner 0`,
      () => `-m owner ${not}--uid-owner ${random.pick(['0', '1', '0-999'])} --gid-owner 0`,
      () => `-m owner ${not}--socket-exists`,
    );
  const chosen = (choices[random.below(choices.length)] ?? (() => ''))();
  const [, name = ''] = chosen.split(' ');
  // A match is named once in a rule.
  return chosen.startsWith('-m') && text.includes(`-m ${name} `) ? '' : chosen;
}
