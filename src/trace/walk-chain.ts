import type { Verdict } from '../kernel/verdict.ts';
import { type CompiledRule, compiledRule, firstAction, ruleRef } from './compile-rule.ts';
import type { ChainIndex } from './index-state.ts';
import { merge } from './merge.ts';
import type { Path } from './path.ts';
import { runRule } from './run-rule.ts';
import type { World } from './world.ts';

/** Where the paths are that entered a chain. */
export interface ChainExit {
  /** Behind its last rule, or by `return`. */
  readonly returned: Path[];
  /** Accepted: this base chain is done. */
  readonly accepted: Path[];
  /** Dropped, rejected, unknown: `end` says which. */
  readonly ended: Path[];
}

/** What one rule did to the paths that reached it. */
export interface RuleExit {
  readonly next: Path[];
  readonly returned: Path[];
  readonly accepted: Path[];
  readonly ended: Path[];
  readonly calls: { readonly path: Path; readonly chain: string; readonly goto: boolean }[];
}

/** Deeper than any front end lets chains be nested (nft: 16, kernel-facts 2.5; xtables: by the number of chains). */
const MAX_DEPTH = 256;

export function emptyExit(): ChainExit {
  return { returned: [], accepted: [], ended: [] };
}

/** Leads the paths through the rules. Paths that meet again in the same state go on as one. */
export function walkChain(chain: ChainIndex, paths: Path[], world: World, depth = 0): ChainExit {
  const exit = emptyExit();
  const count = chain.chain.rules.length;
  let active = paths;
  for (let at = 0; at < count && active.length > 0; at += 1) {
    const [only] = active;
    if (active.length === 1 && only !== undefined && failsAtOnce(chain, at, only, world)) continue;
    const rule = compiledRule(chain, at);
    if (rule === undefined) continue;
    active = stepRule(rule, active, exit, world, depth);
  }
  exit.returned.push(...active);
  return exit;
}

/** Nearly all rules of a big ruleset end at their first match: nothing is made for them. */
function failsAtOnce(chain: ChainIndex, at: number, path: Path, world: World): boolean {
  const first = firstAction(chain, at);
  return first?.kind === 'test' && first.test(path, world) === false;
}

function stepRule(
  rule: CompiledRule,
  active: readonly Path[],
  exit: ChainExit,
  world: World,
  depth: number,
): Path[] {
  const did: RuleExit = { next: [], returned: [], accepted: [], ended: [], calls: [] };
  for (const path of active) runRule(rule, path, did, world);
  exit.returned.push(...did.returned);
  exit.accepted.push(...did.accepted);
  exit.ended.push(...did.ended);
  const next = did.next;
  const calls = new Map<string, RuleExit['calls']>();
  for (const call of did.calls) {
    const key = `${call.goto} ${call.chain}`;
    calls.set(key, [...(calls.get(key) ?? []), call]);
  }
  for (const group of calls.values()) {
    const [{ chain, goto } = { chain: '', goto: false }] = group;
    const inner = enter(
      rule,
      chain,
      group.map(({ path }) => path),
      world,
      depth,
    );
    // goto leaves no return address: who comes back, comes back to this chain's caller (kernel-facts 2.4).
    (goto ? exit.returned : next).push(...inner.returned);
    exit.accepted.push(...inner.accepted);
    exit.ended.push(...inner.ended);
  }
  return next.length < 2 ? next : merge(next, () => overflow(world, rule));
}

function overflow(world: World, rule: CompiledRule): void {
  const { table, chain, index } = ruleRef(rule);
  world.limits.add(`more ways than are followed at table ${table}, chain ${chain}, rule ${index + 1}`);
}

function enter(rule: CompiledRule, name: string, paths: Path[], world: World, depth: number): ChainExit {
  const target = rule.chain.table.chain(name);
  if (target !== undefined && depth < MAX_DEPTH) return walkChain(target, paths, world, depth + 1);
  const reason = target === undefined ? `there is no chain ${name}` : 'chains are nested too deep';
  for (const path of paths) path.end = { kind: 'unknown', reason, rule: ruleRef(rule) };
  return { returned: [], accepted: [], ended: paths };
}

/** A verdict in words. */
export function sayVerdict(verdict: Verdict): string {
  return 'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}
