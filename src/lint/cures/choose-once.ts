import { FULL_MASK, formatWord } from '../../net/mark.ts';
import type { PacketName, RuleRef } from '../../trace/trace.ts';
import type { Defect } from '../flow/defect.ts';
import { restoreLine, restoringHook, whereUnmarked } from '../flow/defect-words.ts';
import { sayRef } from '../flow/finding-of.ts';
import { isRestore } from '../flow/marking.ts';
import { bitsOf, packetOf, type RuleStep, ruleSteps, sameRule } from '../flow/packet-facts.ts';
import { ruleOfRef } from '../flow/rule-of-ref.ts';
import type { Machine } from '../machine.ts';
import { cureText } from './way-out.ts';

/**
 * Asks for the connection's mark before the choice begins: behind the first rule that sets it every connection has one.
 * The mark that it has is restored before, where this packet's is not.
 */
export function chooseOnce(machine: Machine, defect: Defect): string {
  const { packet, astray = packet, rule, world } = defect;
  const steps = stepsOf(defect, astray);
  const at = steps.findLastIndex((step) => sameRule(step.rule, rule));
  const before = steps.slice(0, Math.max(at, 0));
  const restore = restoreLine(defect, restoringHook(defect));
  const isRestored = steps.some((step) => isRestore(world, step.rule));
  const askAt = (where: RuleRef) =>
    cureText('restore first, and choose only where the connection has no mark yet', [
      ...(isRestored ? [] : [restore]),
      whereUnmarked(machine, { ...defect, rule: where }),
    ]);
  const isInside = before.some((step) => isBeside(step.rule, rule) && isRestore(world, step.rule));
  const jump = isInside ? undefined : jumpTo(machine, before, rule);
  if (jump !== undefined) return askAt(jump);
  const first = firstOfSeveral(defect, [...stepsOf(defect, 'P1'), ...steps]);
  if (first === undefined) return askAt(rule);
  const lead = `restore first, and let pass what has a mark then, before \`${sayRef(machine, first)}\``;
  return cureText(lead, [restore, passMarked(defect)]);
}

function stepsOf({ path }: Defect, name: PacketName): readonly RuleStep[] {
  const found = packetOf(path, name);
  return found === undefined ? [] : ruleSteps(found).map(({ step }) => step);
}

/** Where several rules of the chain give marks, the one that stands first. */
function firstOfSeveral(defect: Defect, steps: readonly RuleStep[]): RuleRef | undefined {
  const { rule } = defect;
  const [first, ...others] = steps
    .filter((step) => isBeside(step.rule, rule) && (sameRule(step.rule, rule) || chooses(defect, step)))
    .map((step) => step.rule)
    .sort((a, b) => a.index - b.index);
  return first !== undefined && others.some((other) => !sameRule(other, first)) ? first : undefined;
}

function isBeside(a: RuleRef, b: RuleRef): boolean {
  return a.chain === b.chain && a.table === b.table && a.family === b.family && a.frontend === b.frontend;
}

/** The rule by which the packet came to the chain of another. */
function jumpTo(machine: Machine, steps: readonly RuleStep[], { chain }: RuleRef): RuleRef | undefined {
  return steps.findLast(({ rule }) =>
    ruleOfRef(machine.state, rule)?.rule.statements.some(
      (one) => one.kind === 'verdict' && 'chain' in one.verdict && one.verdict.chain === chain,
    ),
  )?.rule;
}

/** Whether it gave the packet or its connection a mark of its own; to give the packet the connection's is no choice. */
function chooses({ world: { bits } }: Defect, { mark, connmark }: RuleStep): boolean {
  const of = connmark === undefined ? [] : connmark.map((one) => bitsOf(one, bits));
  const [was, is] = mark.map((one) => bitsOf(one, bits));
  return of[0] !== of[1] ? of[1] !== is : was !== is && is !== of[1];
}

function passMarked({ rule, world: { bits } }: Defect): string {
  if (rule.frontend !== 'nft')
    return `-A ${rule.chain} -m connmark ! --mark 0x0/${formatWord(bits)} -j RETURN`;
  return bits === FULL_MASK ? 'ct mark != 0 return' : `ct mark and ${formatWord(bits)} != 0 return`;
}
