import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import { basesOfRule } from '../all-rules.ts';
import type { Defect } from './defect.ts';
import { exitOfMark } from './exit-of-mark.ts';
import { lateMarkingStep, readsOf } from './marking.ts';
import { bitsOf, exitOf, packetOf } from './packet-facts.ts';
import type { World } from './world.ts';

/**
 * The router's own packet gets its mark in OUTPUT where nothing routes again (kernel-facts 5.2): it leaves as if it had
 * none, though its mark leads elsewhere.
 */
export function notRerouted(world: World, flow: Flow, path: TracePath): Defect | undefined {
  const first = packetOf(path, 'P1');
  if (flow.in !== undefined || first === undefined) return undefined;
  const step = lateMarkingStep(first, world.bits);
  const mark = bitsOf(first.end.mark, world.bits);
  if (step?.hook !== 'output' || mark === undefined || mark === 0) return undefined;
  const exit = exitOf(first);
  const meant = exitOfMark(world, flow, mark);
  if (exit === undefined || meant === undefined || meant === exit || meant === 'this machine')
    return undefined;
  return {
    kind: 'output-mark-not-rerouted',
    world,
    flow,
    path,
    rule: step.rule,
    packet: 'P1',
    detail: meant,
    marking: step.rule,
  };
}

/** A mark set in FORWARD or POSTROUTING that policy rules ask for: it comes too late for its packet (kernel-facts 5.1). */
export function markedTooLate(world: World, flow: Flow, path: TracePath): Defect | undefined {
  const first = packetOf(path, 'P1');
  // Without policy rules a mark that is set here is none for routing.
  if (!world.given || first === undefined) return undefined;
  const step = lateMarkingStep(first, world.bits);
  const mark = bitsOf(first.end.mark, world.bits);
  if (
    step === undefined ||
    step.hook === 'output' ||
    step.hook === 'input' ||
    mark === undefined ||
    mark === 0
  )
    return undefined;
  const exit = exitOf(first);
  const meant = exitOfMark(world, flow, mark);
  const main = exitOfMark(world, flow, 0);
  // A mark that leads where no mark leads is a flag; so is one that a rule asks for afterwards.
  if (exit === undefined || meant === undefined || meant === exit || meant === main || isFlag(world, mark))
    return undefined;
  return {
    kind: 'mark-after-routing',
    world,
    flow,
    path,
    rule: step.rule,
    packet: 'P1',
    detail: step.hook,
    marking: step.rule,
  };
}

/** Some rule asks for this value where packets are routed already. */
function isFlag(world: World, mark: number): boolean {
  return readsOf(world).some(
    ({ word, mask, values = [], at }) =>
      word === 'packet' &&
      (mask & world.bits) !== 0 &&
      values.some((value) => value !== 0 && ((value ^ mark) & mask & world.bits) === 0) &&
      basesOfRule(at).some(({ hook }) => hook === 'forward' || hook === 'postrouting'),
  );
}
