import type { Family } from '../../../src/net/family.ts';
import type { NftBase, Part, Recipe } from './generate.ts';
import { type Random, seededRandom } from './random.ts';
import { inFamily } from './variation.ts';

type IptablesPart = Extract<Part, { kind: 'iptables' }>;

/**
 * What the fifth generator makes of a second one's case: rules that do more with a packet, and chains that drop what is
 * left.
 */
export function varyActions(recipe: Recipe): Recipe {
  const random = seededRandom(recipe.seed ^ 0x7a19);
  const bases = recipe.bases.map((base): NftBase => varyBase(random, base));
  const byName = new Map(bases.map((base) => [base.name, base]));
  const parts = recipe.parts.map((part): Part => {
    if (part.kind === 'nft')
      return { ...part, text: nftText(random, recipe, part.text, byName.get(part.chain)) };
    return part.kind === 'iptables' ? varyIptables(random, recipe, part) : part;
  });
  const dropPolicies = ['filter FORWARD', 'filter INPUT', 'mangle PREROUTING', 'mangle OUTPUT'].filter(() =>
    random.chance(0.05),
  );
  return { ...recipe, bases, parts, dropPolicies };
}

/** Where a chain drops what its rules leave, little is left to compare: few do. */
function varyBase(random: Random, base: NftBase): NftBase {
  if (base.type === 'nat') return random.chance(0.2) ? { ...base, hook: 'input', priority: 100 } : base;
  return random.chance(0.1) ? { ...base, policy: 'drop' } : base;
}

const VERDICT = /\b(?:accept|drop|return|jump|goto|vmap)\b/;
const TRANSLATION = /\b(?:masquerade|[sd]nat ip6? to \S+|redirect(?: to \S+)?)$/;

function nftText(
  random: Random,
  { variation: { family, tcp } }: Recipe,
  text: string,
  base: NftBase | undefined,
): string {
  if (!random.chance(0.5)) return base?.hook === 'input' ? text.replace(TRANSLATION, 'counter') : text;
  if (base?.type === 'nat') {
    // Of ways that come to the same, trace shows the addresses of one.
    const pool = base.hook === 'input' ? '-198.51.100.3' : '';
    const action = inFamily(nftTranslation(random, base.hook, tcp).replace(pool, ''), family);
    const plain = text.replace(TRANSLATION, '');
    if (VERDICT.test(plain)) return text.replace(TRANSLATION, 'counter');
    const withoutProtocol = /\b(?:udp|tcp)\b/.test(action)
      ? plain.replace(/\b(?:udp|tcp) dport \S+/, '')
      : plain;
    return `${withoutProtocol} ${action}`.trim();
  }
  if (VERDICT.test(text)) return text;
  const action = inFamily(nftAction(random, family), family);
  return /\b(?:udp|tcp)\b/.test(action) && /\b(?:udp|tcp|th)\b/.test(text) ? text : `${text} ${action}`;
}

function nftTranslation(random: Random, hook: string, tcp: boolean): string {
  // What TCP's packets are known by are their ports.
  const ports = !tcp;
  if (hook === 'postrouting' || hook === 'input')
    return random.pick([
      hook === 'input' ? 'snat ip to 192.168.1.1' : 'masquerade persistent',
      ...(ports ? (['meta l4proto udp snat ip to 198.51.100.2:3000-4000'] as const) : []),
      ...(ports && hook === 'postrouting' ? (['meta l4proto udp masquerade to :3000-4000'] as const) : []),
      'snat ip to ip saddr map { 192.168.1.10 : 203.0.113.2, 198.51.100.2 : 203.0.113.2 }',
      'snat ip to 198.51.100.2-198.51.100.3',
      'snat ip to 192.168.1.10',
    ]);
  return random.pick([
    'dnat ip to 192.168.1.10-192.168.1.11',
    'dnat ip to ip daddr map { 192.0.2.1 : 192.168.1.10, 198.51.100.2 : 192.0.2.2 }',
    'meta l4proto udp dnat ip to 192.168.1.10:8080',
    'meta l4proto udp dnat ip to udp dport map { 53 : 192.168.1.10, 443 : 192.0.2.2 }',
    'meta l4proto udp dnat ip addr . port to ip daddr . udp dport map { 192.0.2.1 . 53 : 192.168.1.10 . 443 }',
    ...(hook === 'output'
      ? []
      : (['redirect', 'meta l4proto udp redirect to :443', 'dnat ip to 198.51.100.2'] as const)),
  ]);
}

function nftAction(random: Random, family: Family): string {
  return random.pick([
    'reject',
    'meta l4proto tcp reject with tcp reset',
    `${family === 'ipv4' ? 'ip ttl' : 'ip6 hoplimit'} set 9`,
    'ip daddr set 192.0.2.2',
    'ip saddr set 192.168.1.11',
    'meta nftrace set 1',
    'meta priority set 1:2',
    'ct event set new',
    'meta l4proto udp udp dport set 443',
    'ct mark set meta mark accept',
    'meta mark set ip daddr . meta l4proto map { 192.0.2.1 . udp : 0x30, 192.0.2.2 . tcp : 0x36 }',
    'ct mark set ct mark | 0x100',
    'meta mark set ct mark | 0x1',
    'meta mark set (meta mark & 0xff) ^ 0x31',
    'limit rate 1000000/second accept',
    'meta mark set numgen inc mod 2 map { 0 : 0x30, 1 : 0x36 }',
    'meta mark set 0x30 return',
    'log prefix "a" accept',
    'ip dscp set ef',
  ]);
}

const TARGET = /(?:^| )-[jg] .*$/;

function varyIptables(random: Random, { variation: { family, tcp } }: Recipe, part: IptablesPart): Part {
  const { table, chain, text } = part;
  if (!random.chance(0.5) || / -[jg] (?:U\d|SET)/.test(` ${text}`)) return part;
  const plain = text.replace(TARGET, '').trim();
  const target =
    table === 'nat' ? iptablesTranslation(random, chain, tcp) : iptablesTarget(random, family, table, chain);
  if (target === undefined) return part;
  const clash = /-p (?:udp|tcp)/.test(target) && /-p /.test(plain);
  return { ...part, text: inFamily(`${clash ? '' : plain} ${target}`.trim(), family) };
}

function iptablesTranslation(random: Random, chain: string, tcp: boolean): string | undefined {
  const ports = !tcp;
  if (chain === 'POSTROUTING')
    return random.pick([
      '-j SNAT --to-source 198.51.100.2-198.51.100.3',
      '-j SNAT --to-source 198.51.100.2 --persistent',
      ...(ports
        ? ([
            '-p udp -j SNAT --to-source 198.51.100.2:3000-4000',
            '-p udp -j MASQUERADE --to-ports 3000-4000',
            '-p udp -j MASQUERADE --random',
          ] as const)
        : []),
      '-j NETMAP --to 198.51.100.0/24',
      '-j SNAT --to-source 192.168.1.10',
    ]);
  if (chain === 'PREROUTING' || chain === 'OUTPUT')
    return random.pick([
      '-j DNAT --to-destination 192.168.1.10-192.168.1.11',
      '-p udp -j DNAT --to-destination 192.168.1.10:8080',
      '-p udp -j DNAT --to-destination :443',
      '-p udp -m udp --dport 53 -j DNAT --to-destination 192.0.2.2:443',
      // Of what it sends to itself, trace does not follow the answers.
      ...(chain === 'OUTPUT'
        ? []
        : ([
            '-p udp -j REDIRECT --to-ports 443',
            '-j DNAT --to-destination 198.51.100.2 --persistent',
            '-j REDIRECT',
          ] as const)),
    ]);
  return undefined;
}

function iptablesTarget(random: Random, family: Family, table: string, chain: string): string {
  const choices = [
    '-j NFQUEUE --queue-num 0 --queue-bypass',
    '-j LOG --log-prefix "a "',
    '-j NFLOG --nflog-group 7',
    '-j MARK --set-xmark 0x30/0x0',
    '-j CONNMARK --set-xmark 0x36/0xff',
    '-j CONNMARK --or-mark 0x100',
    '-j CONNMARK --xor-mark 0x30',
    '-j CONNMARK --set-mark 0x30/0x3f',
    '-j MARK --set-mark 0x36/0x0f',
  ];
  if (table === 'filter') choices.push('-j REJECT', '-p tcp -j REJECT --reject-with tcp-reset');
  if (table === 'mangle')
    choices.push(
      family === 'ipv4' ? '-j TTL --ttl-set 9' : '-j HL --hl-set 9',
      '-j DSCP --set-dscp-class EF',
      '-j CHECKSUM --checksum-fill',
      '-p tcp -m tcp --syn -j TCPMSS --set-mss 1000',
    );
  if (table === 'raw') choices.push('-j TRACE', '-j CT --ctevents new', '-j CT --notrack');
  if (table === 'mangle' && /^(?:FORWARD|OUTPUT|POSTROUTING)$/.test(chain))
    choices.push('-j TOS --set-tos 0x10/0x3f', '-j CLASSIFY --set-class 1:2');
  return random.pick(choices as [string, ...string[]]);
}
