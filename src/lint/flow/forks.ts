import { elementsOf } from '../../kernel/elements-of.ts';
import type { Statement } from '../../kernel/statement.ts';
import { verdictsOf } from '../../kernel/verdicts-of.ts';
import { contains, subtract } from '../../trace/ranges.ts';
import { addressPoint } from '../../trace/term.ts';
import { basesOf, type RuleAt } from '../all-rules.ts';
import { markUsesOf } from '../marks/mark-uses.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { waysTo } from './chain-way.ts';
import { LEAVES } from './leaving-verdicts.ts';
import { isAmong } from './mark-exits.ts';
import { hostsOf } from './places.ts';
import { PUBLIC, UNICAST } from './unicast.ts';
import { bothWishes, type Field, isNoNarrower, isOpen, type Wish, withField, withIn } from './wish.ts';
import { addKey } from './wish-of-match.ts';
import { askedOnWay } from './wish-of-way.ts';
import type { World } from './world.ts';

/**
 * A rule by which packets that get the same mark fare differently: one that some of them leave by, or one that marks,
 * saves or restores for some of them alone.
 */
export interface Fork {
  /** What a packet must be to be dealt with there, as far as fields say. */
  readonly asked: Wish;
  /** Who leaves there is of interest, who passes by is met anyway; of what writes marks it is both. */
  readonly leaves: boolean;
}

/** Exits of one chain are mostly alike, and what one shows is told: some stand for all. */
const MOST_ALIKE = 12;

/** Each costs a flow at least, and of a small ruleset there are 200 for all of them. */
const MOST_FORKS = 40;

/** Forks of the chains that marks are set in, or lead to. */
export function forksOf(world: World): readonly Fork[] {
  const found: Fork[] = [];
  const seen = new Set<string>();
  for (const rule of forkingRules(world))
    for (const asked of askedBy(world, rule)) {
      const name = JSON.stringify([rule.leaves, asked.fields, asked.in]);
      if (asked.impossible || isOpen(asked) || seen.has(name)) continue;
      seen.add(name);
      found.push({ asked, leaves: rule.leaves });
      if (found.length === MOST_FORKS) return found;
    }
  return found;
}

/** On each way to the rule; of a verdict map by each element that leaves. */
function askedBy({ family, state }: World, { at, statement }: ForkingRule): readonly Wish[] {
  const asked = waysTo(at, statement).map((way) => askedOnWay(way, family, state));
  const map = at.rule.statements[statement];
  if (map?.kind !== 'vmap') return asked;
  return asked.flatMap((wish) =>
    elementsOf(map.map, at.table).flatMap(({ key, value }) =>
      value?.kind === 'verdict' && LEAVES.has(value.verdict.kind)
        ? [addKey(wish, map.key, key, at, state)]
        : [],
    ),
  );
}

/** Narrower wishes: packets that take the one way or the other at the fork. */
export function wishesAtFork(world: World, wish: Wish, { asked, leaves }: Fork): readonly Wish[] {
  if (leaves && isForInside(world, asked)) return [];
  const dealtWith = bothWishes(wish, asked);
  const wishes = leaves ? [dealtWith] : [...outside(wish, asked), dealtWith];
  return wishes
    .map((one) => whereSourcesAre(world, withHosts(one, wish), [wish, asked]))
    .filter((one) => !one.impossible && !isNoNarrower(one, wish));
}

/** What is for private networks among others is let through as it is not meant for an uplink. */
function isForInside(world: World, { family, fields: { daddr } }: Wish): boolean {
  if (daddr === undefined) return false;
  const internet = addressPoint(hostsOf(world).internet, family);
  const isAnywhere = internet !== undefined && contains(daddr, internet);
  return !isAnywhere && subtract(daddr, PUBLIC[family]).length > 0;
}

/** Where a fork alone speaks of addresses, they are such as flows through an uplink have. */
function withHosts(wish: Wish, before: Wish): Wish {
  const { family, fields } = wish;
  const source =
    fields.saddr === before.fields.saddr ? wish : withField(wish, 'saddr', UNICAST[family], true);
  return fields.daddr === undefined || before.fields.daddr !== undefined
    ? source
    : withField(source, 'daddr', PUBLIC[family], true);
}

/** A source that is asked for wherever it comes in is inside: it does not come in by an uplink that another rule asks for. */
function whereSourcesAre(world: World, wish: Wish, parts: readonly Wish[]): Wish {
  const { only } = wish.in;
  const isInside = parts.some((part) => part.fields.saddr !== undefined && part.in.only === undefined);
  if (only === undefined || !isInside) return wish;
  const inside = only.filter((name) => !isAmong(name, world.wans));
  return { ...wish, in: { ...wish.in, only: inside }, impossible: wish.impossible || inside.length === 0 };
}

/** What is asked is not so in one field, or of the interface. */
function outside(wish: Wish, { fields, in: names }: Wish): readonly Wish[] {
  const byField = Object.entries(fields).map(([field, ranges]) =>
    // The keys of a wish's fields are fields.
    withField(wish, field as Field, ranges, false),
  );
  if (names.only !== undefined) return [...byField, withIn(wish, names.only, false)];
  return names.not.length === 0 ? byField : [...byField, withIn(wish, names.not, true)];
}

interface ForkingRule {
  readonly at: RuleAt;
  readonly statement: number;
  readonly leaves: boolean;
}

function forkingRules(world: World): readonly ForkingRule[] {
  const { writes } = markUsesOf(world.state, world.family);
  return [
    ...leavingRules(world),
    ...[...writes.filter(isCopy), ...writes.filter((write) => !isCopy(write))]
      .slice(0, MOST_FORKS)
      .map(({ at }) => ({ at, statement: at.rule.statements.findIndex(isSet), leaves: false })),
  ];
}

/** A save or a restore, be it of a constant. */
function isCopy({ word, copied }: MarkWrite): boolean {
  return word === 'connection' || copied !== 0;
}

function isSet({ kind }: Statement): boolean {
  return kind === 'set';
}

function leavingRules({ state: { tables } }: World): readonly ForkingRule[] {
  const found: ForkingRule[] = [];
  for (const table of tables)
    for (const chain of table.chains) {
      const bases = basesOf(table).get(chain.name) ?? [];
      if (bases.every(({ type }) => type === 'nat')) continue;
      let alike = 0;
      for (const [index, rule] of chain.rules.entries()) {
        const statement = rule.statements.length - 1;
        if (alike === MOST_ALIKE) break;
        if (!isLeaving(rule.statements[statement], table)) continue;
        alike += 1;
        found.push({ at: { table, chain, rule, index }, statement, leaves: true });
      }
    }
  return found;
}

function isLeaving(statement: Statement | undefined, table: RuleAt['table']): boolean {
  return statement !== undefined && verdictsOf(statement, table).some(({ kind }) => LEAVES.has(kind));
}
