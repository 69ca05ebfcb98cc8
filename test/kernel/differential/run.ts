import { type Compared, compare } from './compare.ts';
import { cook, flowsFor, type Generator, generate, type Recipe, type TestFlow, without } from './generate.ts';
import type { Lane } from './lane.ts';

export const FLOWS_PER_RULESET = 8;

/** A case again, from its numbers. */
export interface Case {
  readonly seed: number;
  readonly generator: Generator;
  readonly salt?: number;
}

export interface Counts {
  rulesets: number;
  refused: number;
  /** Differed once and then no more: chance or time had a hand in it. */
  unsteady: number;
  flows: number;
  certain: number;
  packets: number;
  /** Of the packets compared. */
  errors: number;
  ipv6: number;
  tcp: number;
  marked: number;
}

/** A ruleset that the kernel and trace see differently, as small as it could be made. */
export interface CounterExample {
  readonly seed: number;
  readonly generator: Generator;
  readonly recipe: Recipe;
  readonly compared: Compared;
}

/** Loads, sends, compares; undefined when the kernel did not take the ruleset. */
async function tryRecipe(lane: Lane, recipe: Recipe, flows: readonly TestFlow[]): Promise<Compared | string> {
  const observed = await lane.run(cook(recipe), flows);
  return typeof observed === 'string' ? observed : compare(observed);
}

export async function trySeed(
  lane: Lane,
  { seed, generator, salt = 0 }: Case,
  counts: Counts,
): Promise<CounterExample | undefined> {
  const recipe = { ...generate(seed, generator), salt };
  const flows = apart(flowsFor(seed, FLOWS_PER_RULESET, generator), cook(recipe).nft);
  const compared = await tryRecipe(lane, recipe, flows);
  if (typeof compared === 'string') {
    counts.refused += 1;
    if (process.env.POLYWAN_FUZZ_VERBOSE !== undefined) console.log(`seed ${seed}: ${compared}`);
    return undefined;
  }
  counts.rulesets += 1;
  counts.flows += compared.flows;
  counts.certain += compared.certain;
  counts.packets += compared.packets;
  counts.errors += compared.errors;
  counts.ipv6 += compared.ipv6;
  counts.tcp += compared.tcp;
  counts.marked += compared.marked;
  if (compared.mismatches.length === 0) return undefined;
  const shrunk = await shrink(lane, { seed, generator }, recipe, flows);
  if (shrunk !== undefined) return shrunk;
  counts.unsteady += 1;
  return drawsPorts(cook(recipe).nft) ? undefined : { seed, generator, recipe, compared };
}

/**
 * Where the kernel draws ports from a range and rules write addresses, it may now and then give two flows the same port and
 * hosts, so that they are one connection: a difference that does not come again is no one's fault.
 */
function drawsPorts(nft: string): boolean {
  return /:\d+-\d+/.test(nft) && / [sd]addr set /.test(nft);
}

/**
 * Where rules write ports, the answers of two flows between the same hosts may have the same ones, and then are one
 * connection: one flow of them is sent.
 */
function apart(flows: readonly TestFlow[], nft: string): readonly TestFlow[] {
  if (!/ [sd]port set /.test(nft)) return flows;
  const hosts = ({ from, to }: TestFlow) => [from.address, to.address].toSorted().join();
  return flows.filter((flow, at) => flows.findIndex((one) => hosts(one) === hosts(flow)) === at);
}

/** Leaves out part after part, as long as kernel and trace still differ. */
async function shrink(
  lane: Lane,
  which: Case,
  recipe: Recipe,
  flows: readonly TestFlow[],
): Promise<CounterExample | undefined> {
  let smallest = recipe;
  let found = await tryRecipe(lane, recipe, flows);
  if (typeof found === 'string' || found.mismatches.length === 0) return undefined;
  for (let size = Math.ceil(recipe.parts.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.parts.length; ) {
      const leave = new Set(Array.from({ length: size }, (_, offset) => at + offset));
      const smaller = without(smallest, leave);
      const compared = await tryRecipe(lane, smaller, flows);
      if (typeof compared !== 'string' && compared.mismatches.length > 0) {
        smallest = smaller;
        found = compared;
      } else at += size;
    }
  }
  return { ...which, recipe: smallest, compared: found };
}

export function describe({ seed, generator, recipe, compared }: CounterExample): string {
  const { iptables, legacy, nft, rules, routes, sysctls } = cook(recipe);
  const [mismatch] = compared.mismatches;
  return [
    `seed ${seed} of generator ${generator}`,
    iptables === '' ? '' : `# iptables-nft\n${iptables}`,
    legacy === '' ? '' : `# iptables-legacy\n${legacy}`,
    nft === '' ? '' : `# nft\n${nft.replace(/ (?:set|map)[^}]*}\n }\n/g, '')}`,
    rules.join('\n'),
    routes.join('\n'),
    JSON.stringify(sysctls),
    JSON.stringify(mismatch, null, 1),
  ].join('\n');
}
