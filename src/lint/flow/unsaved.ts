import type { Hook } from '../../kernel/netfilter.ts';
import type { PacketTrace, RuleRef } from '../../trace/trace.ts';
import { basesOfRule } from '../all-rules.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { restoring, saving } from './counterfactual.ts';
import type { Found } from './defect.ts';
import { culpritAmong } from './leaving.ts';
import { leftBeforeSave } from './left-before-save.ts';
import { copies, isSave, lateMarkingStep, markingStep, readsOf, refOf, stepsAfter } from './marking.ts';
import { bitsOf, type RuleStep, ruleSteps } from './packet-facts.ts';
import { ruleOfRef } from './rule-of-ref.ts';
import { attempt, isWell, type Straying, savedState } from './well.ts';
import type { World } from './world.ts';

/** The mark by which the first packet was routed is not the connection's: which rule is to blame. */
export function unsaved(straying: Straying, first: PacketTrace): Found | undefined {
  const { world } = straying;
  // For a reply, a mark counts that comes after routing, too.
  const late = straying.astray === 'R' ? lateMarkingStep(first, world.bits) : undefined;
  const marking = markingStep(first, world.bits) ?? late;
  if (marking === undefined) return socketMark(straying, first);
  const base = { packet: 'P1', marking: marking.rule } as const;
  const leaving = ({ rule, verdict = '' }: RuleStep) =>
    ({ ...base, kind: 'accept-before-save', rule, detail: verdict }) as const;
  const culprit = culpritAmong(world.state, first, marking, (state) => attempt(straying, state));
  if (culprit !== undefined) return leaving(culprit);
  const saved = savedState(straying);
  if (isWell(straying, saved)) {
    const left = leftBeforeSave(straying, first, marking);
    return left === undefined ? { ...base, ...notSaved(world, first, marking) } : leaving(left);
  }
  if (!isWell(straying, restoring(saved, world.bits))) return undefined;
  const left = leftBeforeSave(straying, first, marking, (state) => restoring(state, world.bits));
  if (left !== undefined) return leaving(left);
  // Nobody says that such a mark routes, and rules that read it later say otherwise.
  if (!world.given && isReadLater(world)) return undefined;
  return { ...base, kind: 'mark-not-saved', rule: marking.rule, detail: 'nothing' };
}

/** With a save all would be well: none is there, none is reached, or it does not do it. */
function notSaved(
  world: World,
  first: PacketTrace,
  marking: RuleStep,
): Pick<Found, 'kind' | 'rule' | 'detail' | 'vain'> {
  const kind = 'mark-not-saved';
  const after = stepsAfter(first, marking);
  const noop = after.find(({ rule }) => setsToItself(world, rule));
  if (noop !== undefined) return { kind, rule: noop.rule, detail: 'noop', vain: noop.rule };
  const masked = after.findLast(({ rule }) => isSave(world, rule));
  if (masked !== undefined) return { kind, rule: masked.rule, detail: 'mask', vain: masked.rule };
  const before = ruleSteps(first).find(
    ({ step }) => isSave(world, step.rule) && !isSame(step, marking),
  )?.step;
  if (before !== undefined) return { kind, rule: marking.rule, detail: 'before', vain: before.rule };
  const saves = copies(world, 'connection');
  const [save] = saves;
  if (save === undefined) return { kind, rule: marking.rule, detail: 'never' };
  const passed = new Set<Hook>(first.steps.flatMap((step) => ('hook' in step ? [step.hook] : [])));
  const isPassed = ({ at }: MarkWrite) => basesOfRule(at).some(({ hook }) => passed.has(hook));
  if (saves.some(isPassed)) return { kind, rule: marking.rule, detail: 'not reached', vain: refOf(save) };
  const hooks = new Set(saves.flatMap(({ at }) => basesOfRule(at).map(({ hook }) => hook)));
  return { kind: 'save-in-wrong-hook', rule: refOf(save), detail: [...hooks].join(' and ') };
}

function isSame(a: RuleStep, b: RuleStep): boolean {
  return a === b;
}

/** `meta mark set mark` (kernel-facts 3.4). */
function setsToItself(world: World, ref: RuleRef): boolean {
  const at = ruleOfRef(world.state, ref);
  return (
    at?.rule.statements.some(
      (one) =>
        one.kind === 'set' &&
        one.target.kind === 'meta' &&
        one.target.key === 'mark' &&
        one.value.kind === 'meta' &&
        one.value.key === 'mark',
    ) === true
  );
}

/** A mark of the socket that sends: the save that asks for it stands where it never comes by. */
function socketMark(straying: Straying, first: PacketTrace): Found | undefined {
  const { world } = straying;
  const mark = bitsOf(first.start.mark, world.bits);
  if (mark === undefined || mark === 0 || !isWell(straying, saving(world.state, world.bits)))
    return undefined;
  const [save] = copies(world, 'connection');
  if (save === undefined) return undefined;
  const hooks = basesOfRule(save.at).map(({ hook }) => hook);
  return { kind: 'save-in-wrong-hook', packet: 'P1', rule: refOf(save), detail: hooks.join(' and ') };
}

/** Some rule asks for routing bits where they cannot route any more: in nat, filter, or after routing. */
function isReadLater(world: World): boolean {
  return readsOf(world).some(
    ({ word, mask, at }) =>
      word === 'packet' &&
      (mask & world.bits) !== 0 &&
      basesOfRule(at).some(
        ({ hook, type }) => hook !== 'prerouting' && !(hook === 'output' && type === 'route'),
      ),
  );
}
