import type { NftBase } from './generate.ts';
import type { Random } from './random.ts';

type Words = readonly [string, ...string[]];

const VALUES: Words = ['0x1', '0x30', '0x36', '0x100', '0x0'];
const MASKS: Words = ['0xff', '0xf', '0xff00', '0x3f'];

/** A rule: matches, statements, perhaps a verdict at the end. */
export function nftRule(random: Random, base: NftBase): string {
  const matches = Array.from({ length: random.below(3) }, () => match(random, base));
  // nft 1.0.6 lists `< 48` and `> 48` in one rule as `!= 48-48`, which is not what the kernel does with it.
  const isComparison = (text: string) => /^meta mark [<>]/.test(text);
  const single = matches.filter((text, at) => !isComparison(text) || matches.findIndex(isComparison) === at);
  const changes =
    base.type === 'nat' ? [] : Array.from({ length: random.below(3) }, () => change(random, base));
  const end = verdict(random, base);
  const words = [...single, ...changes, end].filter((word) => word !== '');
  return words.length === 0 ? 'counter' : words.join(' ');
}

function operator(random: Random): string {
  return random.chance(0.3) ? '!= ' : '';
}

function match(random: Random, base: NftBase): string {
  const choices: (() => string)[] = [
    () => `meta mark ${operator(random)}${random.pick(VALUES)}`,
    () => `meta mark & ${random.pick(MASKS)} ${random.chance(0.5) ? '==' : '!='} ${random.pick(VALUES)}`,
    () => `ct mark ${operator(random)}${random.pick(VALUES)}`,
    () => `ct mark & ${random.pick(MASKS)} ${random.chance(0.5) ? '==' : '!='} ${random.pick(VALUES)}`,
    () => `meta mark ${random.pick(['<', '>', '<=', '>='])} 0x30`,
    () => `meta mark { 0x1, 0x30-0x36 }`,
    () =>
      `ct state ${random.pick(['new', 'established', '{ new, established }', 'untracked', 'invalid', '!= new'])}`,
    () => `ct direction ${random.pick(['original', 'reply'])}`,
    () => `ct status ${random.pick(['dnat', 'snat', 'confirmed', 'seen-reply'])}`,
    () =>
      `ip saddr ${operator(random)}${random.pick(['192.168.1.0/24', '@hosts', '@networks', '192.0.2.1-192.0.2.9', '{ 192.0.2.1, 192.168.1.8/29 }'])}`,
    () => `ip daddr ${operator(random)}${random.pick(['192.0.2.0/24', '@hosts', '@networks', '192.0.3.1'])}`,
    () => `udp dport ${operator(random)}${random.pick(['53', '{ 53, 8080 }', '400-500'])}`,
    () => `ip daddr . meta l4proto . th dport ${operator(random)}@services`,
    () => `meta l4proto ${random.pick(['udp', 'tcp', '{ tcp, udp }'])}`,
    () => `fib daddr type ${random.pick(['local', 'unicast', '!= local'])}`,
    () => `iifname ${operator(random)}${random.pick(['"lan0"', '"wan0"', '"wan*"', '{ "wan0", "wan1" }'])}`,
    () => `oifname ${operator(random)}${random.pick(['"lan0"', '"wan0"', '"wan*"'])}`,
    () => `ct original ip daddr ${random.pick(['192.0.2.0/24', '198.51.100.2'])}`,
    () => 'ip dscp cs0',
  ];
  if (base.hook === 'prerouting')
    choices.push(
      () => `fib saddr . iif oif ${random.pick(['missing', 'exists'])}`,
      () => `fib saddr . mark . iif oif ${random.pick(['missing', 'exists'])}`,
      () => `fib daddr oifname ${operator(random)}${random.pick(['"wan0"', '"lan0"'])}`,
    );
  return (choices[random.below(choices.length)] ?? (() => ''))();
}

function change(random: Random, base: NftBase): string {
  if (random.chance(0.1) && base.priority < -200) return 'notrack';
  return random.pick([
    `meta mark set ${random.pick(VALUES)}`,
    `meta mark set meta mark & ${random.pick(MASKS)}`,
    `meta mark set meta mark & 0xffffff00 | 0x36`,
    'meta mark set meta mark ^ 0x6',
    'meta mark set ct mark',
    `meta mark set ct mark & ${random.pick(MASKS)}`,
    'ct mark set meta mark',
    `ct mark set meta mark & ${random.pick(MASKS)}`,
    `ct mark set ${random.pick(VALUES)}`,
    'ct mark set ct mark & 0xffffff0f | 0x30',
    'meta mark set ip daddr map @marks',
    'meta mark set ip saddr map { 192.168.1.10 : 0x36, 192.0.2.0/24 : 0x30 }',
    'counter',
    ...(random.chance(0.1) ? ['meta mark set jhash ip saddr . ip daddr mod 2 offset 53'] : []),
    ...(random.chance(0.1) ? ['meta mark set numgen random mod 2 offset 53'] : []),
    'ip dscp set cs1',
  ]);
}

function verdict(random: Random, base: NftBase): string {
  const number = Number(/^U(\d)$/.exec(base.name)?.[1] ?? 0);
  const deeper = ['U1', 'U2', 'U3'].filter((name) => Number(name.slice(1)) > number);
  const next = deeper[random.below(deeper.length)];
  const roll = random.below(100);
  if (base.type === 'nat' && roll < 60) return natVerdict(random, base.hook);
  if (roll < 12 && next !== undefined && base.type !== 'nat')
    return `${random.chance(0.3) ? 'goto' : 'jump'} ${next}`;
  if (roll < 20) return 'accept';
  if (roll < 28) return 'return';
  if (roll < 30 && base.type !== 'nat') return 'drop';
  if (roll < 34 && number === 0 && base.type !== 'nat') return 'udp dport vmap @ways';
  if (roll < 38 && number < 2 && base.type !== 'nat')
    return 'meta mark vmap { 0x30 : goto U2, 0x36 : jump U3, 0x1 : return }';
  return '';
}

function natVerdict(random: Random, hook: string): string {
  if (hook === 'postrouting')
    return random.pick([
      'masquerade',
      'ip daddr 192.0.0.0/8 snat ip to 198.51.100.2',
      'snat ip to 203.0.113.2',
    ]);
  if (hook === 'prerouting')
    return random.pick([
      'udp dport 53 dnat ip to 192.168.1.10:8080',
      'dnat ip to 192.168.1.11',
      'udp dport 443 redirect to :8080',
    ]);
  return 'dnat ip to 192.0.2.2';
}
