import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, Trace, TracePath } from '../../trace/trace.ts';
import { classify } from './classify.ts';
import type { Defect } from './defect.ts';
import { type Astray, astrayOf, connBits, routedBits } from './judge.ts';
import { leavingSteps } from './leaving.ts';
import { leftUnsaved } from './left-unsaved.ts';
import { lateMarkingStep, markingStep } from './marking.ts';
import { exitOf, packetOf, type RuleStep } from './packet-facts.ts';
import { markedTooLate, notRerouted } from './unrouted.ts';
import type { Straying } from './well.ts';
import type { World } from './world.ts';

/** Remembers what was told of which rules: the same met by ten flows is told once. */
export class Told {
  private readonly names = new Set<string>();

  /** Whether this is new. */
  add(name: string): boolean {
    if (this.names.has(name)) return false;
    this.names.add(name);
    return true;
  }
}

/** What is wrong with the marks of one flow. */
export function flowDefects(world: World, flow: Flow, trace: Trace, told: Told): readonly Defect[] {
  const found: Defect[] = [];
  for (const straying of strayings(world, flow, trace)) {
    if (!told.add(nameOf(straying))) continue;
    const defect = classify(straying);
    if (defect !== undefined) found.push(defect);
  }
  if (found.length > 0) return found;
  for (const path of trace.paths) {
    if (astrayOf(world, flow, path).length > 0) continue;
    const first = packetOf(path, 'P1');
    const late = first === undefined ? undefined : lateMarkingStep(first, world.bits);
    if (first === undefined || !told.add(quietName(world, flow, first, late))) continue;
    const defect =
      notRerouted(world, flow, path) ?? markedTooLate(world, flow, path) ?? leftUnsaved(world, flow, path);
    if (defect !== undefined) found.push(defect);
  }
  return found;
}

/**
 * One way for each mark the first packet can get, and each packet that can go astray. Where a mark is drawn by chance,
 * what becomes of it after the reply is asked of ways on which it was drawn the same twice.
 */
function strayings(world: World, flow: Flow, trace: Trace): readonly Straying[] {
  const byName = new Map<string, Straying>();
  const open: Straying[] = [];
  for (const path of trace.paths)
    for (const astray of astrayOf(world, flow, path)) {
      const straying = { world, flow, path, astray };
      const name = nameOf(straying);
      if (byName.has(name)) continue;
      if (astray === 'P3' && !stayedUntilReply(path)) open.push(straying);
      else byName.set(name, straying);
    }
  const steady = [...byName.values()];
  return steady.length > 0 ? steady.filter((one) => isSound(one, steady)) : open.slice(0, 1);
}

/** A mark that is drawn anew while it is not saved is first of all not saved. */
function isSound({ world, path, astray }: Straying, all: readonly Straying[]): boolean {
  const first = packetOf(path, 'P1');
  if (astray !== 'P1b' || first === undefined) return true;
  return connBits(world, first) === routedBits(world, first) || !all.some((one) => one.astray === 'P3');
}

function stayedUntilReply(path: TracePath): boolean {
  const first = packetOf(path, 'P1');
  const again = packetOf(path, 'P1b');
  return first === undefined || again === undefined || exitOf(first) === exitOf(again);
}

function nameOf({ world, flow, path, astray }: Straying): string {
  const first = packetOf(path, 'P1');
  const packet = packetOf(path, astray);
  if (first === undefined || packet === undefined) return '';
  const marking = markingStep(first, world.bits);
  const leaving = marking === undefined ? [] : leavingSteps(first, marking);
  const again = markingStep(packet, world.bits);
  return [world.bits, direction(flow), astrayName(astray), ...[marking, ...leaving, again].map(refName)].join(
    ' ',
  );
}

function astrayName(astray: Astray): string {
  return `astray ${astray}`;
}

function quietName(world: World, flow: Flow, first: PacketTrace, late: RuleStep | undefined): string {
  const marking = markingStep(first, world.bits);
  const leaving = marking === undefined ? [] : leavingSteps(first, marking);
  return [
    world.bits,
    direction(flow),
    'stays',
    connBits(world, first),
    ...[marking, late, ...leaving].map(refName),
  ].join(' ');
}

function direction(flow: Flow): string {
  return flow.in === undefined ? 'from here' : flow.in;
}

function refName(step: RuleStep | undefined): string {
  if (step === undefined) return '-';
  const { rule } = step;
  return `${rule.frontend}/${rule.family}/${rule.table}/${rule.chain}/${rule.index}`;
}
