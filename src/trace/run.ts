import { type CompiledRule, ruleRef } from './compile-rule.ts';
import { addStep, type Path } from './path.ts';
import type { Mark } from './term.ts';
import type { Disposition } from './trace.ts';
import { viewMark } from './view.ts';
import type { RuleExit } from './walk-chain.ts';
import type { World } from './world.ts';

/** One path inside one rule. */
export interface Run {
  readonly rule: CompiledRule;
  readonly world: World;
  readonly exit: RuleExit;
  /** Marks when the rule was reached. */
  readonly mark: Mark;
  readonly connmark: Mark | undefined;
  readonly effects: readonly string[];
  /** Only inert statements have taken effect. */
  readonly inert: boolean;
}

/** The rest of the rule is not for this packet; the next rule is. */
export function breakOff(run: Run, path: Path): undefined {
  if (run.effects.length > 0) finish(run, path, undefined);
  run.exit.next.push(path);
}

/** The rule has taken effect: that is a step. */
export function finish(run: Run, path: Path, verdict: string | undefined): undefined {
  const { rule, mark, connmark, effects, inert } = run;
  const after = path.connection?.mark ?? connmark;
  const before = connmark ?? path.connection?.mark;
  addStep(path, {
    kind: 'rule',
    hook: path.hook,
    rule: ruleRef(rule),
    ...(verdict === undefined ? {} : { verdict }),
    effects,
    inert: inert && verdict === undefined,
    mark: [viewMark(mark), viewMark(path.packet.mark)],
    ...(before === undefined || after === undefined ? {} : { connmark: [viewMark(before), viewMark(after)] }),
  });
}

export function withEffect(run: Run, text: string, inert = false): Run {
  return { ...run, effects: [...run.effects, text], inert: run.inert && inert };
}

/** The packet goes no further than this rule. */
export function stop(run: Run, path: Path, end: Disposition, verdict?: string): undefined {
  finish(run, path, verdict);
  path.end = end;
  run.exit.ended.push(path);
}
