import type { Random } from './random.ts';

type Words = readonly [string, ...string[]];

const MARKS: Words = [
  '0x1',
  '0x30',
  '0x36',
  '0x100',
  '0x30/0xff',
  '0x36/0xff',
  '0x1/0xf',
  '0x100/0xf00',
  '0x0',
];
const MASKS: Words = ['0xff', '0xf', '0xffffffff', '0xff00', '0xf0'];
const NETWORKS: Words = [
  '192.0.2.0/24',
  '192.0.2.1',
  '192.0.3.0/24',
  '192.168.1.0/24',
  '192.168.1.11',
  '198.51.100.2',
  '0.0.0.0/1',
  '192.0.0.1/255.0.0.255',
];

/** A rule that may stand in this chain: matches, and a target that the table takes. */
export function iptablesRule(random: Random, table: string, chain: string): string {
  const matches = new Map<string, string>();
  for (let at = random.below(3); at > 0; at -= 1) {
    const text = match(random, table, chain);
    matches.set(optionOf(text), text);
  }
  return [...withOneProtocol([...matches.values()]), target(random, table, chain)].join(' ').trim();
}

/** An option is given once in a rule. */
function optionOf(text: string): string {
  const [first = '', second = ''] = text.replace('! ', '').split(' ');
  return first === '-m' ? second : first;
}

function withOneProtocol(matches: readonly string[]): readonly string[] {
  return matches.map((text, at) =>
    matches.slice(0, at).some((earlier) => earlier.includes('-p udp')) ? text.replace('-p udp', '') : text,
  );
}

function not(random: Random): string {
  return random.chance(0.3) ? '! ' : '';
}

function match(random: Random, table: string, chain: string): string {
  const choices: (() => string)[] = [
    () => `-m mark ${not(random)}--mark ${random.pick(MARKS)}`,
    () => `-m connmark ${not(random)}--mark ${random.pick(MARKS)}`,
    () => `${not(random)}-s ${random.pick(NETWORKS)}`,
    () => `${not(random)}-d ${random.pick(NETWORKS)}`,
    () => `-m udp -p udp ${not(random)}--dport ${random.pick(['53', '443:8080', '8080'])}`,
    () => `-p udp -m multiport ${not(random)}--dports ${random.pick(['53,443', '1:500,8080'])}`,
    () =>
      `-m conntrack ${not(random)}--ctstate ${random.pick(['NEW', 'ESTABLISHED', 'NEW,RELATED', 'INVALID', 'UNTRACKED'])}`,
    () => `-m conntrack --ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`,
    () => `-m conntrack ${not(random)}--ctstatus ${random.pick(['SEEN_REPLY', 'CONFIRMED'])}`,
    () => `-m conntrack --ctstate ${random.pick(['SNAT', 'DNAT'])}`,
    () => `-m conntrack ${not(random)}--ctorigdst ${random.pick(['192.0.2.0/24', '198.51.100.2'])}`,
    () => `-m addrtype ${not(random)}--dst-type LOCAL`,
    () => `-m addrtype ${not(random)}--src-type ${random.pick(['LOCAL', 'UNICAST'])}`,
    () => `-m iprange ${not(random)}--src-range 192.168.1.11-198.51.100.1`,
    () => `-m set ${not(random)}--match-set ${random.pick(['hosts', 'nets'])} ${random.pick(['src', 'dst'])}`,
    () => `-m set ${not(random)}--match-set services dst,dst`,
    // Its keys have the flow's own port, so that no flow meets another's.
    () => `-m set ${not(random)}--match-set touched src,src`,
    () => `-m dscp ${not(random)}--dscp 0x00`,
  ];
  if (chain === 'PREROUTING' || chain === 'INPUT' || chain === 'FORWARD')
    choices.push(() => `${not(random)}-i ${random.pick(['lan0', 'wan0', 'wan1', 'wan+'])}`);
  if (chain === 'OUTPUT' || chain === 'POSTROUTING' || chain === 'FORWARD')
    choices.push(() => `${not(random)}-o ${random.pick(['lan0', 'wan0', 'wan1', 'wan+'])}`);
  if (chain === 'OUTPUT' || chain === 'POSTROUTING')
    choices.push(() => `-m owner ${not(random)}--uid-owner ${random.pick(['0', '1'])}`);
  if (chain === 'PREROUTING' && table !== 'nat')
    choices.push(
      () => `-m rpfilter ${random.pick(['', '--loose', '--validmark', '--invert', '--validmark --invert'])}`,
    );
  if (random.chance(0.03)) return '-m statistic --mode random --probability 0.5';
  return (choices[random.below(choices.length)] ?? (() => ''))();
}

function target(random: Random, table: string, chain: string): string {
  const number = Number(/^U(\d)$/.exec(chain)?.[1] ?? 0);
  const deeper = ['U1', 'U2', 'U3'].filter((name) => Number(name.slice(1)) > number);
  const next = deeper[random.below(deeper.length)];
  const roll = random.below(100);
  if (roll < 14 && next !== undefined) return `-${random.chance(0.3) ? 'g' : 'j'} ${next}`;
  if (roll < 22) return '-j RETURN';
  if (roll < 32) return '-j ACCEPT';
  if (roll < 34 && table !== 'nat') return '-j DROP';
  if (roll < 36) return '';
  if (table === 'raw' && roll < 50) return '-j CT --notrack';
  if (table === 'nat' && roll < 80) return natTarget(random, chain);
  if (table === 'mangle' && roll < 40) return `-j TOS --set-tos ${random.pick(['0x00', '0x10'])}`;
  if (roll < 43 && number === 0)
    // Flows would meet in keys without their own port: of an ICMP error, or of an answer to what was not tracked.
    return `-m conntrack --ctdir ORIGINAL -m conntrack --ctorigdstport 1:19999 -m conntrack ! --ctstate RELATED -j SET ${random.pick(['--add-set', '--add-set', '--del-set'])} touched src,src`;
  return roll < 70 ? markTarget(random) : connmarkTarget(random);
}

function markTarget(random: Random): string {
  return `-j MARK ${random.pick([
    `--set-mark ${random.pick(MARKS)}`,
    `--set-xmark ${random.pick(MARKS)}`,
    '--or-mark 0x30',
    '--and-mark 0xff',
    '--xor-mark 0x6',
  ])}`;
}

function connmarkTarget(random: Random): string {
  const masks = random.chance(0.5)
    ? ''
    : random.chance(0.5)
      ? ` --mask ${random.pick(MASKS)}`
      : ` --nfmask ${random.pick(MASKS)} --ctmask ${random.pick(MASKS)}`;
  return `-j CONNMARK ${random.pick([
    `--save-mark${masks}`,
    `--save-mark${masks}`,
    `--restore-mark${masks}`,
    `--restore-mark${masks}`,
    `--set-xmark ${random.pick(MARKS)}`,
    `--set-mark ${random.pick(MARKS)}`,
    '--and-mark 0x3f',
  ])}`;
}

/** Translation names its protocol where it names a port. */
function natTarget(random: Random, chain: string): string {
  if (chain === 'POSTROUTING')
    return random.pick([
      '-j MASQUERADE',
      '-j MASQUERADE',
      '-j SNAT --to-source 198.51.100.2',
      '-j SNAT --to-source 203.0.113.2',
    ]);
  if (chain === 'PREROUTING')
    return random.pick([
      '-j DNAT --to-destination 192.168.1.10',
      '-j DNAT --to-destination 192.168.1.11',
      '-j DNAT --to-destination 192.0.2.2',
      '-j REDIRECT',
      '-j NETMAP --to 192.0.2.0/24',
    ]);
  if (chain === 'OUTPUT')
    return random.pick(['-j DNAT --to-destination 192.0.2.2', '-j DNAT --to-destination 192.0.3.1']);
  return '-j ACCEPT';
}
