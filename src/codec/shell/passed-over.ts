import { assignedBy, bare, localsOf } from './assigned.ts';
import { isShell, mayBeGiven } from './inner-shell.ts';
import { onlyLooks } from './only-looks.ts';
import { commandElsewhere, mayMakeRules } from './other-namespace.ts';
import { setParameters, UNKNOWN } from './parameters.ts';
import { parseShell } from './parse.ts';
import {
  functionNameOf,
  isRelevant,
  knownText,
  looksRelevant,
  mayMatter,
  mayRun,
  programOf,
} from './program.ts';
import { mayRunText, RUNS_TEXT } from './run-text.ts';
import type { ScriptRun } from './script-run.ts';
import { substitutionsIn } from './substitutions.ts';
import type { Compound, ShellCommand, Simple } from './tree.ts';
import type { Variables } from './variables.ts';
import { forgetWritten } from './written-files.ts';

/** Commands that may or may not run: told once for all where one of them matters, and what they set is unknown. */
export function passOver(commands: readonly ShellCommand[], why: string, run: ScriptRun): void {
  // Counted while the variables still have their values.
  const count = commands.flatMap((command) => relevantIn(command, run)).length;
  for (const name of setBy(commands, run)) forget(name, run.variables);
  for (const simple of commands.flatMap(simplesIn)) forgetWritten(simple, run);
  tellReturn(commands, run);
  if (count > 0) tellPassedOver(commands, count, why, run);
}

function tellPassedOver(commands: readonly ShellCommand[], count: number, why: string, run: ScriptRun): void {
  const [first] = commands;
  const last = commands.at(-1);
  if (first === undefined || last === undefined) return;
  if (first.kind === 'simple') {
    run.leaveOut(last, `this command is not read: ${why}`);
    return;
  }
  const head = { start: first.start, end: headEnd(run.text, first.start) };
  run.leaveOut(
    head,
    `${count === 1 ? '1 command in here is' : `${count} commands in here are`} not read: ${why}`,
  );
}

/** A pipe: what `echo 'iptables …' | sh` runs is told too. */
export function passOverPipe(commands: readonly ShellCommand[], run: ScriptRun): void {
  const why = 'what comes through the pipe is decided when it runs';
  passOver(commands, why, run);
  const [first] = commands;
  const last = commands.at(-1);
  if (first === undefined || last?.kind !== 'simple') return;
  const program = programOf(last.words, run.variables) ?? '';
  if (isShell(program) && mayMatter(run.text.slice(first.start, last.end)))
    run.leaveOut(last, `this command is not read: ${why}`);
}

/** Commands in `$(…)` run wherever they stand. Most only print something, so they are told, but not followed. */
export function tellSubstitutions(command: Simple, run: ScriptRun): void {
  if (substitutesWhatMatters(command, run, new Set()))
    run.leaveOut(command, 'what it runs for its output is not read');
}

/** The commands that would matter if they ran. */
function relevantIn(command: ShellCommand, run: ScriptRun, seen?: Set<Compound>): readonly Simple[] {
  if (command.kind === 'compound')
    return command.body.flatMap(({ commands }) => commands.flatMap((one) => relevantIn(one, run, seen)));
  return matters(command, run, seen ?? new Set()) ? [command] : [];
}

/** Functions call each other, and themselves: one that was looked into before is taken for the program of its name. */
function matters(command: Simple, run: ScriptRun, seen: Set<Compound>): boolean {
  const body = run.functions.get(functionNameOf(command.words, run.variables));
  if (body !== undefined && !seen.has(body)) {
    seen.add(body);
    return relevantIn(body, run, seen).length > 0;
  }
  if (substitutesWhatMatters(command, run, seen)) return true;
  const [first] = command.words;
  // Values alone start nothing, whatever they name.
  if (first === undefined) return false;
  if (RUNS_TEXT.test(bare(first))) return mayRunText(command, run);
  const program = programOf(command.words, run.variables);
  const text = knownText(command, run);
  if (program === undefined) return looksRelevant(text);
  const elsewhere = commandElsewhere(command, run);
  if (elsewhere !== undefined) return mayMakeRules(elsewhere);
  if (isRelevant(program, text)) return !onlyLooks(command, run);
  return isShell(program) ? mayBeGiven(command, run) : mayRun(program, text);
}

function substitutesWhatMatters(command: Simple, run: ScriptRun, seen: Set<Compound>): boolean {
  return substitutionsIn(command).some(({ start, end }) => {
    const text = run.text.slice(0, end);
    if (run.depth > DEEP) return mayMatter(text.slice(start));
    run.depth += 1;
    const matter = parseShell(text, start).some(({ commands }) =>
      commands.some((one) => relevantIn(one, run, seen).length > 0),
    );
    run.depth -= 1;
    return matter;
  });
}

/** Substitutions within each other, more than people write. */
const DEEP = 20;

/** What they give a value themselves, and in the functions that they call. */
function setBy(commands: readonly ShellCommand[], run: ScriptRun): readonly string[] {
  const inside = [...calledBy(commands, run)].flatMap((body) => {
    const own = new Set(['@', ...simplesIn(body).flatMap(localsOf)]);
    return assignedBy(body).filter((name) => !own.has(name));
  });
  return [...commands.flatMap(assignedBy), ...inside];
}

/** Functions that are called, and those that they call. */
function calledBy(commands: readonly ShellCommand[], run: ScriptRun): ReadonlySet<Compound> {
  const called = new Set<Compound>();
  const add = ({ words }: Simple) => {
    const body = run.functions.get(functionNameOf(words, run.variables));
    if (body !== undefined) called.add(body);
  };
  commands.flatMap(simplesIn).forEach(add);
  // A loop over a set also meets what is added to it meanwhile.
  for (const body of called) simplesIn(body).forEach(add);
  return called;
}

/** A return under a condition is told, unlike an exit, by which scripts give up. */
function tellReturn(commands: readonly ShellCommand[], run: ScriptRun): void {
  const leaves = commands
    .flatMap(simplesIn)
    .find(({ words: [first] }) => first !== undefined && bare(first) === 'return');
  const { frame } = run;
  if (leaves === undefined || frame === undefined) return;
  frame.lastThatMatters ??= relevantIn(frame.body, run).at(-1)?.start ?? -1;
  if (frame.lastThatMatters > leaves.start)
    run.leaveOut(
      leaves,
      'whether the function ends here is decided when it runs: what follows is read as if it did not',
    );
}

/** The commands in it that run in this very shell: none of a subshell, or of a function that is only defined. */
function simplesIn(command: ShellCommand): readonly Simple[] {
  if (command.kind === 'simple') return [command];
  if (command.what === 'function' || command.what === 'subshell') return [];
  return command.body.flatMap(({ commands }) => commands.flatMap(simplesIn));
}

function forget(name: string, variables: Variables): void {
  if (name === '@') setParameters(UNKNOWN, variables);
  else variables.set(name, undefined);
}

function headEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline;
}
