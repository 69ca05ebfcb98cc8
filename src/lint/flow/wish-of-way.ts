import { elementsOf } from '../../kernel/elements-of.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Statement } from '../../kernel/statement.ts';
import { verdictsOf } from '../../kernel/verdicts-of.ts';
import type { Family } from '../../net/family.ts';
import type { RuleAt } from '../all-rules.ts';
import { familiesOf } from '../all-rules.ts';
import type { ChainWay, WayStep } from './chain-way.ts';
import { anyPacket, type Field, preferField, type Wish, withIn } from './wish.ts';
import { addKey, addMatch } from './wish-of-match.ts';

/** Rules before the one that is wanted, of which is looked at what they take away. */
const MAX_BEFORE = 300;

/** What a packet must be to go this way to its last rule; undefined where none of this family can. */
export function wishOfWay(
  { steps }: Pick<ChainWay, 'steps'>,
  family: Family,
  state: KernelState,
): Wish | undefined {
  const [first] = steps;
  if (first === undefined || !familiesOf(first.at.table).includes(family)) return undefined;
  const asked = askedOnWay({ steps }, family, state);
  if (asked.impossible) return undefined;
  return steps.reduce((wish, step) => avoidBefore(wish, step, state), asked);
}

/** What the rules on the way ask for themselves, whatever is taken away before them. */
export function askedOnWay({ steps }: Pick<ChainWay, 'steps'>, family: Family, state: KernelState): Wish {
  return steps.reduce((wish, step) => askStep(wish, step, state), anyPacket(family));
}

function askStep(wish: Wish, { at, statement, target }: WayStep, state: KernelState): Wish {
  let result = wish;
  for (const [place, one] of at.rule.statements.entries()) {
    if (place > statement) break;
    if (one.kind === 'match' && place < statement) result = askMatch(result, one, at, state);
    if (one.kind === 'vmap' && place === statement && target !== undefined)
      result = askMap(result, one, target, at, state);
    if (one.kind === 'set' && place === statement && one.value.kind === 'map')
      result = askValue(result, one.value, at, state);
  }
  return result;
}

function askMatch(
  wish: Wish,
  match: Extract<Statement, { kind: 'match' }>,
  at: RuleAt,
  state: KernelState,
): Wish {
  if (match.left.kind === 'meta' && match.left.key === 'nfproto') {
    const wanted = match.right.kind === 'string' ? match.right.value : undefined;
    const isOther = wanted !== undefined && (wanted === wish.family) !== (match.operator === '==');
    return isOther ? { ...wish, impossible: true } : wish;
  }
  return addMatch(wish, match, at, state);
}

function askMap(
  wish: Wish,
  vmap: Extract<Statement, { kind: 'vmap' }>,
  target: string,
  at: RuleAt,
  state: KernelState,
): Wish {
  for (const { key, value } of elementsOf(vmap.map, at.table)) {
    if (value?.kind !== 'verdict' || !('chain' in value.verdict) || value.verdict.chain !== target) continue;
    const asked = addKey(wish, vmap.key, key, at, state);
    if (!asked.impossible) return asked;
  }
  return wish;
}

/** A map of marks gives one for the first key that is possible. */
function askValue(
  wish: Wish,
  { key, map }: { readonly key: Parameters<typeof addKey>[1]; readonly map: Parameters<typeof addKey>[1] },
  at: RuleAt,
  state: KernelState,
): Wish {
  for (const element of elementsOf(map, at.table)) {
    const asked = addKey(wish, key, element.key, at, state);
    if (!asked.impossible) return asked;
  }
  return wish;
}

/** Keeps away from what the rules before it in the chain take away, where one field decides that. */
function avoidBefore(wish: Wish, { at }: WayStep, state: KernelState): Wish {
  let result = wish;
  const { rules } = at.chain;
  for (let index = Math.max(0, at.index - MAX_BEFORE); index < at.index; index += 1) {
    const rule = rules[index];
    if (rule === undefined || !leaves(rule.statements, at)) continue;
    result = avoid(result, { ...at, rule, index }, state);
  }
  return result;
}

function leaves(statements: readonly Statement[], at: RuleAt): boolean {
  const last = statements.at(-1);
  if (last === undefined) return false;
  if (
    last.kind === 'nat' ||
    last.kind === 'reject' ||
    last.kind === 'tproxy' ||
    last.kind === 'unknown-target'
  )
    return true;
  return (
    last.kind === 'verdict' &&
    verdictsOf(last, at.table).some(({ kind }) => kind !== 'jump' && kind !== 'continue')
  );
}

function avoid(wish: Wish, at: RuleAt, state: KernelState): Wish {
  const matches = at.rule.statements.flatMap((one) => (one.kind === 'match' ? [one] : []));
  if (matches.length === 0 || at.rule.statements.some(({ kind }) => kind === 'unknown-match')) return wish;
  const asked = matches.reduce((sum, match) => askMatch(sum, match, at, state), anyPacket(wish.family));
  if (asked.impossible) return wish;
  const fields = Object.keys(asked.fields).filter((name): name is Field => name !== 'protocol');
  const names = asked.in.only ?? asked.in.not;
  const [field, ...more] = fields;
  // Marks and states are the trace's: only what one field alone decides can be kept away from.
  const others = matches.some(({ left }) => !isSimple(left));
  if (others || more.length > 0 || (field !== undefined && names.length > 0)) return wish;
  if (field !== undefined) return preferField(wish, field, asked.fields[field] ?? [], false);
  if (names.length > 0 && asked.fields.protocol === undefined) {
    const away = withIn(wish, names, asked.in.only === undefined);
    return away.impossible ? wish : away;
  }
  const { protocol } = asked.fields;
  return protocol === undefined || names.length > 0 ? wish : preferField(wish, 'protocol', protocol, false);
}

function isSimple({ kind, ...left }: Extract<Statement, { kind: 'match' }>['left']): boolean {
  if (kind === 'payload') return true;
  return kind === 'meta' && 'key' in left && /^(?:iif|iifname|l4proto|nfproto)$/.test(String(left.key));
}
