import type { Verdict } from '../kernel/verdict.ts';
import { ruleRef } from './compile-rule.ts';
import { fork, type Path } from './path.ts';
import { decide } from './question.ts';
import { finish, type Run, stop } from './run.ts';
import { sayVerdict } from './walk-chain.ts';
import { noteUnmodelled } from './world.ts';

/** Ends the run of a rule, by whatever the verdict says comes next. */
export function runVerdict(run: Run, path: Path, verdict: Verdict): undefined {
  const { exit, rule } = run;
  switch (verdict.kind) {
    case 'accept':
      finish(run, path, 'accept');
      exit.accepted.push(path);
      return;
    case 'drop':
      return stop(run, path, { kind: 'dropped', reason: 'drop', rule: ruleRef(rule) }, 'drop');
    case 'return':
      finish(run, path, 'return');
      exit.returned.push(path);
      return;
    case 'continue':
      finish(run, path, undefined);
      exit.next.push(path);
      return;
    case 'jump':
    case 'goto':
      finish(run, path, sayVerdict(verdict));
      exit.calls.push({ path, chain: verdict.chain, goto: verdict.kind === 'goto' });
      return;
    case 'queue':
      return runQueue(run, path, verdict);
  }
}

/**
 * A program decides, once for a connection: what it lets through goes on behind this chain, as does everything under
 * `bypass` while no program waits.
 */
function runQueue(run: Run, path: Path, verdict: Extract<Verdict, { kind: 'queue' }>): undefined {
  const { rule, exit } = run;
  const ref = ruleRef(rule);
  const words = verdict.text.startsWith('-j ') ? verdict.text : `queue ${verdict.text}`;
  noteUnmodelled(run.world, words, ref);
  const text = `the program behind ${words} lets it through`;
  const passes = decide(path.assumptions, text, text, true);
  if (typeof passes === 'object') {
    runQueue(run, fork(path, passes.yes, ref), verdict);
    return runQueue(run, fork(path, passes.no, ref), verdict);
  }
  if (!passes)
    return stop(run, path, { kind: 'unknown', reason: 'a program decides (queue)', rule: ref }, 'queue');
  finish(run, path, 'queue');
  path.queued = true;
  exit.accepted.push(path);
}
