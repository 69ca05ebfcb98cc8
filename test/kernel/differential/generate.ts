import type { IpSet } from '../../../src/kernel/netfilter.ts';
import { iptablesRule } from './generate-iptables.ts';
import { nftRule } from './generate-nft.ts';
import { policyRules, routes, sysctls } from './generate-routing.ts';
import { ipsets, nftSets } from './generate-sets.ts';
import { CLIENTS, OWN, SERVER_PORTS, SERVERS } from './hosts.ts';
import { type Random, seededRandom } from './random.ts';
import { PLAIN, type Variation, variationOf, varyFlows, varyRecipe, varyRouting } from './variation.ts';
import { varyActions } from './vary-actions.ts';
import { varyMatches, varySenders } from './vary-matches.ts';

/** One line of a ruleset: what shrinking takes away. */
export type Part =
  | {
      readonly kind: 'iptables';
      readonly frontend: 'nft' | 'legacy';
      readonly table: string;
      readonly chain: string;
      readonly text: string;
    }
  | { readonly kind: 'nft'; readonly chain: string; readonly text: string }
  | { readonly kind: 'rule' | 'route'; readonly text: string };

export interface Recipe {
  readonly seed: number;
  /** Other choices of multipath routes for the same ruleset. */
  readonly salt: number;
  readonly parts: readonly Part[];
  readonly nftFamily: 'inet' | 'ip';
  readonly bases: readonly NftBase[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly variation: Variation;
  /** `filter FORWARD`: chains of iptables that drop what their rules leave. */
  readonly dropPolicies?: readonly string[];
}

export interface NftBase {
  readonly name: string;
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: string;
  readonly priority: number;
  /** Of an ingress chain. */
  readonly device?: string;
  readonly policy?: 'drop';
}

/** What is loaded, as text; `ipsetModel` is what the text of the sets says. */
export interface Ruleset extends Variation {
  readonly iptables: string;
  readonly legacy: string;
  readonly nft: string;
  readonly ipsets: string;
  readonly ipsetModel: readonly IpSet[];
  readonly rules: readonly string[];
  readonly routes: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
}

export interface TestFlow {
  readonly side: 'lan' | 'box' | 'out';
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
  readonly protocol: 'udp' | 'tcp';
  /** The socket's (SO_MARK). */
  readonly mark: number;
  /** The socket's type of service (IP_TOS, IPV6_TCLASS); default 0. */
  readonly tos?: number;
  /** Whose the socket is; default root's. */
  readonly uid?: number;
}

/** The first knows IPv4 and UDP only; see variation.ts for the others. */
export type Generator = 1 | 2 | 3 | 4 | 5;

/** Chains of iptables by their tables, one that matters more than once. */
export const BUILTIN_CHAINS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'PREROUTING', 'OUTPUT', 'FORWARD', 'POSTROUTING', 'INPUT'],
  nat: ['PREROUTING', 'POSTROUTING', 'POSTROUTING', 'OUTPUT'],
  filter: ['FORWARD', 'INPUT', 'OUTPUT'],
};

const USER_CHAINS = ['U1', 'U2', 'U3'] as const;

/** Priorities clear of conntrack's and nat's own, of which nobody can say who was registered first. */
const PRIORITIES: readonly [number, ...number[]] = [-310, -300, -160, -150, -150, -149, -90, 0, 10, 50, 200];

export function generate(seed: number, generator: Generator): Recipe {
  const recipe = generatePlain(seed);
  if (generator === 1) return recipe;
  const varied = varyRecipe(recipe, variationOf(seed));
  if (generator === 2) return varied;
  if (generator === 5) return varyActions(varied);
  return generator === 3 ? varyRouting(varied) : varyMatches(varyRouting(varied));
}

function generatePlain(seed: number): Recipe {
  const random = seededRandom(seed);
  const bases = nftBases(random);
  const parts: Part[] = [];
  for (const frontend of ['nft', 'legacy'] as const) {
    if (random.chance(frontend === 'nft' ? 0.7 : 0.4)) parts.push(...iptablesParts(random, frontend));
  }
  parts.push(...nftParts(random, bases));
  parts.push(...policyRules(random).map((text) => ({ kind: 'rule' as const, text })));
  parts.push(...routes(random).map((text) => ({ kind: 'route' as const, text })));
  return {
    seed,
    salt: 0,
    parts,
    nftFamily: random.pick(['inet', 'ip']),
    bases,
    sysctls: sysctls(random),
    variation: PLAIN,
  };
}

function iptablesParts(random: Random, frontend: 'nft' | 'legacy'): readonly Part[] {
  const parts: Part[] = [];
  const add = (table: string, chain: string, count: number) => {
    for (let at = 0; at < count; at += 1)
      parts.push({ kind: 'iptables', frontend, table, chain, text: iptablesRule(random, table, chain) });
  };
  for (const [table, chains] of Object.entries(BUILTIN_CHAINS)) {
    if (!random.chance(table === 'mangle' ? 0.95 : 0.5)) continue;
    for (const chain of new Set(chains)) add(table, chain, random.below(table === 'mangle' ? 5 : 3));
    for (const chain of USER_CHAINS) add(table, chain, 1 + random.below(3));
  }
  return parts;
}

function nftBases(random: Random): readonly NftBase[] {
  if (random.chance(0.3)) return [];
  const count = 1 + random.below(4);
  return Array.from({ length: count }, (_, at): NftBase => {
    const type = random.pick(['filter', 'filter', 'filter', 'route', 'nat'] as const);
    const hook =
      type === 'route'
        ? 'output'
        : type === 'nat'
          ? random.pick(['prerouting', 'postrouting', 'output'] as const)
          : random.pick(['prerouting', 'prerouting', 'output', 'forward', 'postrouting', 'input'] as const);
    const priority = type === 'nat' ? (hook === 'postrouting' ? 100 : -100) : random.pick(PRIORITIES);
    return { name: `base${at}`, type, hook, priority };
  });
}

function nftParts(random: Random, bases: readonly NftBase[]): readonly Part[] {
  if (bases.length === 0) return [];
  const parts: Part[] = [];
  for (const base of bases) {
    for (let at = random.below(5); at >= 0; at -= 1)
      parts.push({ kind: 'nft', chain: base.name, text: nftRule(random, base) });
  }
  for (const chain of USER_CHAINS) {
    for (let at = random.below(3); at >= 0; at -= 1)
      parts.push({
        kind: 'nft',
        chain,
        text: nftRule(random, { name: chain, type: 'filter', hook: '', priority: 0 }),
      });
  }
  return parts;
}

/** The recipe without parts `leave` says to leave out. */
export function without(recipe: Recipe, leave: ReadonlySet<number>): Recipe {
  return { ...recipe, parts: recipe.parts.filter((_part, at) => !leave.has(at)) };
}

export function cook(recipe: Recipe): Ruleset {
  const texts = (kind: 'rule' | 'route') =>
    recipe.parts.flatMap((part) => (part.kind === kind ? [part.text] : []));
  return {
    iptables: iptablesText(recipe, 'nft'),
    legacy: iptablesText(recipe, 'legacy'),
    nft: nftText(recipe),
    ...ipsets(recipe.variation),
    ...recipe.variation,
    rules: texts('rule'),
    routes: texts('route'),
    // The same choices of multipath routes in every run; 0 would leave them to the machine's last start.
    sysctls: { ...recipe.sysctls, 'net.ipv4.fib_multipath_hash_seed': String(1 + recipe.seed + recipe.salt) },
  };
}

function iptablesText(recipe: Recipe, frontend: 'nft' | 'legacy'): string {
  const policy = (chain: string) => (recipe.dropPolicies?.includes(chain) === true ? 'DROP' : 'ACCEPT');
  const rules = recipe.parts.flatMap((part) =>
    part.kind === 'iptables' && part.frontend === frontend ? [part] : [],
  );
  return Object.keys(BUILTIN_CHAINS)
    .filter((table) => rules.some((rule) => rule.table === table))
    .map((table) => {
      const own = rules.filter((rule) => rule.table === table);
      const builtin = [...new Set(BUILTIN_CHAINS[table])]
        .map((chain) => `:${chain} ${policy(`${table} ${chain}`)} [0:0]\n`)
        .join('');
      const user = USER_CHAINS.map((chain) => `:${chain} - [0:0]\n`).join('');
      return `*${table}\n${builtin}${user}${own.map((rule) => `-A ${rule.chain} ${rule.text}\n`).join('')}COMMIT\n`;
    })
    .join('');
}

function nftText({ bases, parts, nftFamily, variation }: Recipe): string {
  if (bases.length === 0) return '';
  const rules = (chain: string) =>
    parts
      .flatMap((part) => (part.kind === 'nft' && part.chain === chain ? [`  ${part.text}\n`] : []))
      .join('');
  const user = [...USER_CHAINS]
    .reverse()
    .map((chain) => ` chain ${chain} {\n${rules(chain)} }\n`)
    .join('');
  const base = bases
    .map(
      ({ name, type, hook, priority, device, policy = 'accept' }) =>
        ` chain ${name} {\n  type ${type} hook ${hook}${device === undefined ? '' : ` device ${device}`} priority ${priority}; policy ${policy};\n${rules(name)} }\n`,
    )
    .join('');
  const own = nftFamily === 'ip' && variation.family === 'ipv6' ? 'ip6' : nftFamily;
  return `table ${own} t {\n${nftSets(own, variation)}${user}${base}}\n`;
}

const UNMARKED = { protocol: 'udp', mark: 0 } as const;

/** Flows of every kind: forwarded, the router's own, for the router; each with a source port of its own. */
export function flowsFor(seed: number, count: number, generator: Generator): readonly TestFlow[] {
  const flows = plainFlows(seed, count);
  if (generator === 1) return flows;
  const varied = varyFlows(flows, seed, variationOf(seed));
  return generator === 4 ? varySenders(varied, seed) : varied;
}

function plainFlows(seed: number, count: number): readonly TestFlow[] {
  const random = seededRandom(seed ^ 0x5eed);
  return Array.from({ length: count }, (_, at): TestFlow => {
    const port = 20000 + at;
    const service = random.pick(SERVER_PORTS);
    switch (at % 4) {
      case 0:
      case 1:
        return {
          ...UNMARKED,
          side: 'lan',
          from: { address: random.pick(CLIENTS), port },
          to: { address: random.pick(SERVERS), port: service },
        };
      case 2:
        return {
          ...UNMARKED,
          side: 'box',
          from: { address: random.pick(['0.0.0.0', ...OWN] as const), port },
          to: { address: random.pick(SERVERS), port: service },
        };
      default:
        return {
          ...UNMARKED,
          side: 'out',
          from: { address: random.pick(['192.0.2.1', '192.0.3.1', '198.51.100.1'] as const), port },
          to: { address: OWN[0], port: service },
        };
    }
  });
}
