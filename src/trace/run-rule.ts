import type { SetElement } from '../kernel/expression.ts';
import { type Layers, layersOf } from '../kernel/layers.ts';
import type { Statement } from '../kernel/statement.ts';
import { actionAt, type CompiledRule, ruleRef } from './compile-rule.ts';
import { changeHeader } from './header-target.ts';
import { lookUpMap } from './look-up-map.ts';
import { natStatement } from './nat-statement.ts';
import type { Options } from './options.ts';
import { fork, type Packet, type Path } from './path.ts';
import { nfproto } from './protocol.ts';
import type { Question } from './question.ts';
import { isQuestion } from './read-term.ts';
import { breakOff, finish, type Run, stop, withEffect } from './run.ts';
import { runVerdict } from './run-verdict.ts';
import { setStatement } from './set-statement.ts';
import { updateSet } from './update-set.ts';
import type { RuleExit } from './walk-chain.ts';
import { noteUnmodelled, type World } from './world.ts';

/** Runs the statements left to right; a match that fails ends the rule, and what took effect before stays. */
export function runRule(rule: CompiledRule, path: Path, exit: RuleExit, world: World): void {
  const run: Run = {
    rule,
    world,
    exit,
    mark: path.packet.mark,
    connmark: path.connection?.mark,
    effects: [],
    inert: true,
  };
  runFrom(run, path, 0);
}

function runFrom(run: Run, path: Path, start: number): undefined {
  for (let at = start; ; at += 1) {
    const action = actionAt(run.rule, at);
    if (action === undefined) break;
    if (action.kind === 'effect') {
      runEffect(run, path, action.statement, at + 1);
      return;
    }
    const answer = action.test(path, run.world);
    if (answer === false) return breakOff(run, path);
    if (answer !== true) return forkRun(run, path, answer, at);
  }
  finish(run, path, undefined);
  run.exit.next.push(path);
}

/** Both sides of a question, each with what it supposes. */
function forkRun(run: Run, path: Path, asked: Question, at: number): undefined {
  const ref = ruleRef(run.rule);
  const yes = fork(path, asked.yes, ref);
  const no = fork(path, asked.no, ref);
  if (asked.again) {
    runFrom(run, yes, at);
    runFrom(run, no, at);
    return;
  }
  // `yes` is the side on which the test holds, also where the match is negated.
  runFrom(run, yes, at + 1);
  breakOff(run, no);
}

type Effect = Exclude<Statement, { kind: 'match' | 'unknown-match' }>;

function runEffect(run: Run, path: Path, statement: Effect, next: number): undefined {
  const { table } = run.rule.chain;
  switch (statement.kind) {
    case 'counter':
      return runFrom(run, path, next);
    case 'verdict':
      return runVerdict(run, path, statement.verdict);
    case 'vmap':
      return each(
        run,
        path,
        lookUpMap(statement.key, statement.map, table, path, run.world),
        (one, element) => runElement(run, one, element, next),
        (one) => runEffect(run, one, statement, next),
      );
    case 'set':
      return each(
        run,
        path,
        setStatement(statement, table, path, run.world),
        (one, apply) => {
          if (typeof apply === 'string')
            return stop(run, one, { kind: 'unknown', reason: apply, rule: ruleRef(run.rule) });
          apply.change(one);
          runFrom(withEffect(run, apply.text, apply.inert), one, next);
        },
        (one) => runEffect(run, one, statement, next),
      );
    case 'nat':
      return each(
        run,
        path,
        natStatement(statement, table, path, run.world),
        (one, apply) => {
          const dropped = apply.change(one);
          const done = withEffect(run, apply.text);
          if (dropped !== undefined)
            return stop(done, one, { kind: 'dropped', reason: dropped, rule: ruleRef(run.rule) });
          finish(done, one, statement.type);
          run.exit.accepted.push(one);
        },
        (one) => runEffect(run, one, statement, next),
      );
    case 'reject': {
      if (!isOfLayers(path.packet, layersOf(statement))) return breakOff(run, path);
      const reason = statement.with === undefined ? 'reject' : `reject with ${statement.with}`;
      return stop(run, path, { kind: 'rejected', reason, rule: ruleRef(run.rule) }, 'reject');
    }
    case 'notrack':
      if (isUnseen(path)) path.state = 'untracked';
      return runFrom(withEffect(run, 'notrack'), path, next);
    case 'tproxy':
      return runTproxy(run, path, statement, next);
    case 'set-update':
      return each(
        run,
        path,
        updateSet(statement, table, path, run.world),
        (one, change) => {
          change(one);
          runFrom(withEffect(run, `${statement.operation} @${statement.set}`), one, next);
        },
        (one) => runEffect(run, one, statement, next),
      );
    case 'inert':
      if (statement.name === 'flow')
        noteUnmodelled(run.world, 'flow offload: later packets may bypass every chain', ruleRef(run.rule));
      if (statement.name === 'CT' && isUnseen(path)) path.template = true;
      changeHeader(path, statement, run.world);
      return runFrom(withEffect(run, statement.name, true), path, next);
    case 'unknown-target': {
      noteUnmodelled(run.world, statement.text, ruleRef(run.rule));
      return stop(run, path, {
        kind: 'unknown',
        reason: `what ${statement.name} does is not known`,
        rule: ruleRef(run.rule),
      });
    }
  }
}

/** Neither conntrack nor a rule for it has had the packet. */
function isUnseen({ connection, state, template }: Path): boolean {
  return connection === undefined && state === 'none' && !template;
}

/** A reject in words of one protocol or family is a condition, which nft leaves out of its listing. */
function isOfLayers({ family, protocol }: Packet, { network, transport }: Layers): boolean {
  return network.every((each) => each === nfproto(family)) && transport.every((each) => each === protocol);
}

/**
 * Goes on with each option; without any, or where a map has no entry, the rest of the rule is skipped (kernel-facts 2.5). A
 * question is asked, and each side tried again.
 */
function each<T>(
  run: Run,
  path: Path,
  options: Options<T | undefined> | Question | undefined,
  go: (path: Path, value: T) => void,
  again?: (path: Path) => void,
): undefined {
  if (options === undefined) return breakOff(run, path);
  if (isQuestion(options)) {
    if (again === undefined) return breakOff(run, path);
    again(fork(path, options.yes, ruleRef(run.rule)));
    again(fork(path, options.no, ruleRef(run.rule)));
    return;
  }
  for (const { value, side } of options) {
    const one = side === undefined ? path : fork(path, side, ruleRef(run.rule));
    if (value === undefined) breakOff(run, one);
    else go(one, value);
  }
}

function runElement(run: Run, path: Path, { value }: SetElement, next: number): undefined {
  if (value?.kind !== 'verdict') return breakOff(run, path);
  if (value.verdict.kind === 'continue') return runFrom(run, path, next);
  runVerdict(run, path, value.verdict);
}

/** Whether a socket waits for it cannot be known: with one the packet goes on; without, xt drops it, nft goes on. */
function runTproxy(
  run: Run,
  path: Path,
  statement: Extract<Statement, { kind: 'tproxy' }>,
  next: number,
): undefined {
  const { table } = run.rule.chain;
  // nft may name the family; xt has a ruleset for each.
  if (statement.text.startsWith(path.flow.family === 'ipv4' ? 'tproxy ip6 ' : 'tproxy ip '))
    return breakOff(run, path);
  const text = `a socket takes ${statement.text}`;
  const ref = ruleRef(run.rule);
  const without = fork(path, { text, holds: false }, ref);
  const taken = fork(path, { text, holds: true }, ref);
  if (table.table.frontend === 'nft') breakOff(run, without);
  else stop(run, without, { kind: 'dropped', reason: 'no socket for TPROXY', rule: ref });
  if (statement.setsMark === undefined) return runFrom(withEffect(run, 'tproxy'), taken, next);
  const set = { kind: 'set', target: { kind: 'meta', key: 'mark' }, value: statement.setsMark } as const;
  each(run, taken, setStatement(set, table, taken, run.world), (one, apply) => {
    if (typeof apply !== 'string') apply.change(one);
    runFrom(withEffect(run, 'tproxy, mark'), one, next);
  });
}
