import type { Random } from './random.ts';

type Words = readonly [string, ...string[]];

const MARKS: Words = ['0x30', '0x36', '0x1', '0x30/0xff', '0x36/0xff', '0x100/0xf00', '0x0/0xf'];
const ACTIONS: Words = [
  'lookup 30',
  'lookup 30',
  'lookup 36',
  'lookup 36',
  'lookup 7',
  'lookup 40',
  'lookup 254 suppress_prefixlength 0',
  'unreachable',
  'blackhole',
  'prohibit',
];

const MOST_RULES = 6;

/** Policy rules in the order of their priorities. */
export function policyRules(random: Random): readonly string[] {
  const count = 1 + random.below(MOST_RULES);
  return Array.from(
    { length: count },
    (_, at) => `${100 + 10 * at}: ${selector(random)} ${action(random, at, count)}`,
  );
}

function selector(random: Random): string {
  const inverted = random.chance(0.1) ? 'not ' : '';
  const words = random.pick([
    `from all fwmark ${random.pick(MARKS)}`,
    `from all fwmark ${random.pick(MARKS)}`,
    `from all fwmark ${random.pick(MARKS)}`,
    `from ${random.pick(['192.168.1.0/24', '198.51.100.2', '203.0.113.2', '192.168.1.10'])}`,
    `from all to ${random.pick(['192.0.2.0/24', '192.0.3.1'])}`,
    `from all iif ${random.pick(['lan0', 'wan0', 'lo'])}`,
    `from 192.168.1.0/24 fwmark ${random.pick(MARKS)}`,
    'from all',
  ]);
  // `from all` with a hard end would cut off every packet: it may only look on.
  return `${inverted}${words}`;
}

function action(random: Random, at: number, count: number): string {
  // In the longest rulesets no rule is where it leads.
  const gap = count === MOST_RULES ? 5 : 0;
  if (at + 1 < count && random.chance(0.08))
    return `goto ${100 + 10 * (at + 1 + random.below(count - at - 1)) + gap}`;
  const chosen = random.pick(ACTIONS);
  // An end for all would leave nothing to compare: mostly it is kept for marks.
  return /^(?:unreach|black|prohib)/.test(chosen) && random.chance(0.6) ? 'lookup 30' : chosen;
}

export function routes(random: Random): readonly string[] {
  const some = (text: string) => (random.chance(0.5) ? [text] : []);
  return [
    'default via 198.51.100.1 dev wan0 table 30',
    'default via 203.0.113.1 dev wan1 table 36',
    ...some('192.168.1.0/24 dev lan0 table 36'),
    ...some('unreachable 192.0.3.0/24 table 36'),
    ...some('throw 192.0.2.0/25 table 7'),
    ...some('blackhole 192.0.3.0/24 table 7'),
    ...some('192.0.2.0/24 via 203.0.113.1 dev wan1 table 7'),
    ...some('default via 198.51.100.1 dev wan0 table 7 metric 20'),
    ...some('default via 203.0.113.1 dev wan1 table 7 metric 10'),
    ...(random.chance(0.3)
      ? [
          'default table 40 nexthop via 198.51.100.1 dev wan0 weight 2 nexthop via 203.0.113.1 dev wan1 weight 1',
        ]
      : []),
  ];
}

export function sysctls(random: Random): Readonly<Record<string, string>> {
  const mode = () => (random.chance(0.25) ? random.pick(['1', '2']) : '0');
  return {
    'net.ipv4.conf.wan0.rp_filter': mode(),
    'net.ipv4.conf.wan1.rp_filter': mode(),
    'net.ipv4.conf.lan0.rp_filter': mode(),
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.all.src_valid_mark': random.pick(['0', '1']),
    'net.ipv4.fwmark_reflect': '0',
  };
}
