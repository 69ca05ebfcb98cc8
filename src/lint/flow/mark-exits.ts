import { elementsOf } from '../../kernel/elements-of.ts';
import { type Expression, partsOf } from '../../kernel/expression.ts';
import type { Table } from '../../kernel/netfilter.ts';
import type { Statement } from '../../kernel/statement.ts';
import type { Family } from '../../net/family.ts';
import { familiesOf, type RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { markReads } from '../marks/mark-read.ts';
import { markUses } from '../marks/mark-uses.ts';
import { writtenBits } from '../marks/mark-write.ts';
import { type ChainWay, waysTo } from './chain-way.ts';

/** Rules say which uplink a mark belongs to: what comes in by it gets the mark, what leaves by it carries the mark. */
export interface MarkExit {
  readonly value: number;
  readonly mask: number;
  readonly device: string;
  /** What comes in by it is given the mark, so that replies go back there. */
  readonly entry: boolean;
}

/** Rulesets name their marks in tens of rules; beyond this many the rest says the same again. */
const MAX_RULES = 2000;

/** Every pair of a mark's value (0 among them) and an uplink that one rule, or the jumps to it, speak of. */
export function markExits({ state, roles }: Machine, family: Family): readonly MarkExit[] {
  const uses = markUses(state);
  const spoken: {
    readonly at: RuleAt;
    readonly value: number;
    readonly mask: number;
    readonly set: boolean;
  }[] = [];
  for (const write of uses.writes) {
    if (spoken.length >= MAX_RULES) break;
    if (!familiesOf(write.at.table).includes(family)) continue;
    for (const value of write.constants ?? [])
      spoken.push({ at: write.at, value, mask: writtenBits(write), set: true });
  }
  for (const { at, mask, values = [], inverted } of uses.reads) {
    if (spoken.length >= 2 * MAX_RULES) break;
    if (inverted || !familiesOf(at.table).includes(family)) continue;
    for (const value of values) spoken.push({ at, value, mask, set: false });
  }
  const pairs = new Map<string, MarkExit>();
  for (const { at, value, mask, set } of spoken) {
    for (const way of waysTo(at, at.rule.statements.length)) {
      const comesBy = set ? [...namesOn(way, 'iifname'), ...givenTo(value, at)] : [];
      const ins = comesBy.filter((name) => isAmong(name, roles.wans));
      const outs = namesOn(way, 'oifname').filter((name) => !isAmong(name, roles.lans));
      const marks =
        set && value === 0
          ? []
          : [
              { value, mask, devices: ins, entry: true },
              { value, mask, devices: outs, entry: false },
            ];
      // What a rule before asked for, and what leaves by the interface the rule is about, belong together as well.
      if (outs.length > 0)
        marks.push(...readsOnWay(way).map((one) => ({ ...one, devices: outs, entry: false })));
      for (const one of marks)
        for (const device of one.devices)
          if (one.mask !== 0)
            pairs.set(`${one.value} ${one.mask} ${device} ${one.entry}`, {
              value: (one.value & one.mask) >>> 0,
              mask: one.mask,
              device,
              entry: one.entry,
            });
    }
  }
  return [...pairs.values()];
}

/** Packet marks that the jumps on the way ask for. */
function readsOnWay({ steps }: ChainWay): readonly { readonly value: number; readonly mask: number }[] {
  return steps.slice(0, -1).flatMap(({ at, statement }) =>
    at.rule.statements
      .slice(0, statement)
      .flatMap((one) => markReads(one, at))
      .flatMap(({ word, inverted, values = [], mask }) =>
        word === 'packet' && !inverted ? values.map((value) => ({ value, mask })) : [],
      ),
  );
}

/** Whether a name is in the list, or has one of its beginnings. */
export function isAmong(name: string, patterns: readonly string[]): boolean {
  return patterns.some((one) => one === name || (/[*+]$/.test(one) && name.startsWith(one.slice(0, -1))));
}

/** Whole names that the rules on the way ask for. */
function namesOn({ steps }: ChainWay, key: 'iifname' | 'oifname'): readonly string[] {
  const names = steps.flatMap(({ at, statement, target }) => [
    ...at.rule.statements.slice(0, statement + 1).flatMap((one) => deviceOf(one, key)),
    ...mappedDevice(at.rule.statements[statement], at.table, key, target),
  ]);
  // Two interfaces one after the other: no packet goes this way.
  return new Set(names).size > 1 ? [] : names.slice(0, 1);
}

/** The one name for which a verdict map gives this chain: `iifname vmap { "wan0" : goto from_wan0 }`. */
function mappedDevice(
  statement: Statement | undefined,
  table: Table,
  key: 'iifname' | 'oifname',
  target: string | undefined,
): readonly string[] {
  if (statement?.kind !== 'vmap') return [];
  const leads = (value: Expression) =>
    value.kind === 'verdict' && 'chain' in value.verdict && value.verdict.chain === target;
  const [name, ...others] = new Set(keysFor(leads, statement, table, key));
  return name === undefined || others.length > 0 ? [] : [name];
}

/** The names for which the rule's map gives this mark: `iifname map { "wan0" : 0x1 }`. */
function givenTo(mark: number, { rule, table }: RuleAt): readonly string[] {
  const isMark = (value: Expression) => value.kind === 'number' && value.value === mark;
  return rule.statements.flatMap((one) =>
    one.kind === 'set' && one.value.kind === 'map' ? keysFor(isMark, one.value, table, 'iifname') : [],
  );
}

/** The names by which a map of interfaces, perhaps beside something else, gives what is wanted. */
function keysFor(
  isWanted: (value: Expression) => boolean,
  { key, map }: { readonly key: Expression; readonly map: Expression },
  table: Table,
  asked: 'iifname' | 'oifname',
): readonly string[] {
  const place = partsOf(key).findIndex((one) => one.kind === 'meta' && one.key === asked);
  return elementsOf(map, table).flatMap((element) => {
    const part = partsOf(element.key)[place];
    return part === undefined || element.value === undefined || !isWanted(element.value) ? [] : namesOf(part);
  });
}

function deviceOf(statement: Statement, key: 'iifname' | 'oifname'): readonly string[] {
  if (statement.kind !== 'match' || statement.left.kind !== 'meta') return [];
  const asked = statement.left.key;
  if (asked !== key && asked !== key.slice(0, 3)) return [];
  // `! -o wan1 -j DROP` for a mark says as well that it belongs to wan1.
  if (statement.operator === '!=' && key === 'iifname') return [];
  return namesOf(statement.right);
}

function namesOf(right: Expression): readonly string[] {
  if (right.kind === 'string') return right.value.endsWith('*') ? [] : [right.value];
  return [];
}
