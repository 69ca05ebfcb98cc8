import type { PolicyRule } from '../../kernel/routing.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, RuleRef, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { basesOfRule, familiesOf, type RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { relevantState } from '../routes/relevant-state.ts';
import { flowsToRule } from './flows-to-rule.ts';
import { markUses } from './mark-uses.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';
import { wholeBytes } from './own-mask.ts';
import { possibleWords } from './possible-words.ts';
import { type Program, presentPrograms } from './present-programs.ts';

/** A packet that carries a mark together with other bits when it is routed. */
export interface CrowdedMark {
  readonly setter: RuleAt;
  /** The bits to ask with, where they are certain. */
  readonly mask?: number;
  readonly flow: Flow;
  readonly path: TracePath;
  /** The whole word when it was routed. */
  readonly word: number;
  /** Whose bits they are, where it was a program that put them there. */
  readonly program?: Program;
}

/** Rules that set a mark are followed up to so many. */
const MAX_SETTERS = 64;

/** A packet on which the value that this policy rule asks for as a whole word stands beside other bits. */
export function crowdedMark(machine: Machine, rule: PolicyRule): CrowdedMark | undefined {
  const value = rule.selector.fwmark?.value ?? 0;
  const { writes } = markUses(machine.state);
  if (!canBeCrowded(machine, writes, value)) return undefined;
  // A connmark comes to the packet where a rule restores these bits.
  const restores = writes.some(({ word, copied }) => word === 'packet' && (copied & value) !== 0);
  const setters = writes.filter(
    (write) =>
      (write.word === 'packet' || restores) && write.constants?.includes(value) && canRoute(write.at, rule),
  );
  for (const setter of setters.slice(0, MAX_SETTERS))
    for (const { flow, program } of flowsBeside(machine, setter, rule)) {
      const trace = traceFlow(relevantState(machine.state), flow, { packets: ['P1', 'P1b'] });
      if (typeof trace === 'string') continue;
      for (const path of [...trace.paths].sort((a, b) => Number(isForHere(a)) - Number(isForHere(b))))
        for (const packet of path.packets) {
          const word = wordWhenRouted(packet);
          if (word === undefined || word === value || ((word ^ value) & value) !== 0) continue;
          if (!passed(packet, setter.at)) continue;
          const mask = fieldOf(setter, value, word);
          return {
            setter: setter.at,
            flow,
            path,
            word,
            ...(mask === undefined ? {} : { mask }),
            ...(program === undefined ? {} : { program }),
          };
        }
    }
  return undefined;
}

/** What comes for this machine is not what the policy rule is there for. */
function isForHere({ packets: [first] }: TracePath): boolean {
  return first?.disposition.kind === 'local';
}

/** Whether any word that can come about has these bits and others: where none has, no flow need be followed. */
function canBeCrowded(machine: Machine, writes: readonly MarkWrite[], value: number): boolean {
  if (markUses(machine.state).unknown) return true;
  if (presentPrograms(machine).some(({ whole }) => !whole)) return true;
  const { packet } = possibleWords(writes, []);
  return packet === 'any' || [...packet].some((word) => word !== value && ((word ^ value) & value) === 0);
}

function canRoute(at: RuleAt, { family }: PolicyRule): boolean {
  const hooks = basesOfRule(at).map(({ hook }) => hook);
  return familiesOf(at.table).includes(family) && (hooks.includes('prerouting') || hooks.includes('output'));
}

/** The bits to ask with: those the setter writes, or the whole bytes of the value. Undefined where others are there. */
function fieldOf(setter: MarkWrite, value: number, word: number): number | undefined {
  const beside = word ^ value;
  return [writtenBits(setter), wholeBytes(value)].find((mask) => (beside & mask) === 0);
}

/** Ordinary flows to the setter, and the same with the marks that programs bring along. */
function flowsBeside(
  machine: Machine,
  setter: MarkWrite,
  { family }: PolicyRule,
): readonly { readonly flow: Flow; readonly program?: Program }[] {
  const flows = flowsToRule(machine, setter.at).filter((flow) => flow.family === family);
  const brought = presentPrograms(machine)
    .filter(({ whole }) => !whole)
    .flatMap((program) =>
      flows.flatMap((flow) => {
        const mark = broughtBy(program, flow);
        return mark === undefined ? [] : [{ flow: { ...flow, mark }, program }];
      }),
    );
  return [...flows.map((flow) => ({ flow })), ...brought];
}

function broughtBy(
  { values, socketValues = values, mask, from, seen }: Program,
  flow: Flow,
): number | undefined {
  const lowest = (mask & -mask) >>> 0;
  if (flow.in === undefined) return from.includes('socket') ? (socketValues[0] ?? lowest) : undefined;
  // Beside its own rules the mark comes about by itself.
  return seen.endsWith('in the settings') && from.includes('prerouting') ? (values[0] ?? lowest) : undefined;
}

/** The packet's whole mark when it was routed for good. */
export function wordWhenRouted({ steps }: PacketTrace): number | undefined {
  const routed = steps.findLast((step) => step.kind === 'route' && step.why !== 'reverse path');
  const mark = routed?.kind === 'route' ? routed.lookup.mark : undefined;
  return typeof mark === 'number' ? mark : undefined;
}

export function passed({ steps }: PacketTrace, at: RuleAt): boolean {
  return steps.some((step) => step.kind === 'rule' && isRule(step.rule, at));
}

export function isRule(ref: RuleRef, { table, chain, index }: RuleAt): boolean {
  return (
    ref.index === index &&
    ref.chain === chain.name &&
    ref.table === table.name &&
    ref.family === table.family &&
    ref.frontend === table.frontend
  );
}
