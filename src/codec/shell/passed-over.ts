import { assignedBy, bare } from './assigned.ts';
import { mayBeGiven, SHELL } from './inner-shell.ts';
import { setParameters, UNKNOWN } from './parameters.ts';
import { functionNameOf, isLook, isRelevant, knownText, mayRun, programOf } from './program.ts';
import type { ScriptRun } from './script-run.ts';
import type { Compound, ShellCommand, Simple } from './tree.ts';
import type { Variables } from './variables.ts';

/** Commands that may or may not run: told once for all where one of them matters, and what they set is unknown. */
export function passOver(commands: readonly ShellCommand[], why: string, run: ScriptRun): void {
  const relevant = commands.flatMap((command) => relevantIn(command, run));
  for (const name of commands.flatMap(assignedBy)) forget(name, run.variables);
  tellReturn(commands, run);
  const [first] = commands;
  const last = commands.at(-1);
  if (relevant.length === 0 || first === undefined || last === undefined) return;
  if (first.kind === 'simple') run.leaveOut(last, `this command is not read: ${why}`);
  else {
    const count = `${relevant.length} ${relevant.length === 1 ? 'command' : 'commands'}`;
    const place = { start: first.start, end: headEnd(run.text, first.start) };
    run.leaveOut(place, `${count} in here ${relevant.length === 1 ? 'is' : 'are'} not read: ${why}`);
  }
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
    return relevantIn({ ...body, what: 'group' }, run, seen).length > 0;
  }
  const program = programOf(command.words, run.variables);
  const text = knownText(command, run);
  if (isRelevant(program, text)) return !isLook(text);
  if (program === undefined) return false;
  return SHELL.test(program) ? mayBeGiven(text) : mayRun(program, text);
}

/** Unlike an exit that depends on something a return is no failure. */
function tellReturn(commands: readonly ShellCommand[], run: ScriptRun): void {
  const [leaves] = commands.flatMap(returnsIn);
  if (leaves === undefined || run.frame === undefined) return;
  const behind = relevantIn({ ...run.frame.body, what: 'group' }, run).filter(
    ({ start }) => start > leaves.start,
  );
  if (behind.length > 0)
    run.leaveOut(
      leaves,
      'whether the function ends here is decided when it runs: what follows is read as if it did not',
    );
}

/** What a subshell and another function return from is their own. */
function returnsIn(command: ShellCommand): readonly Simple[] {
  if (command.kind === 'simple')
    return command.words[0] !== undefined && bare(command.words[0]) === 'return' ? [command] : [];
  if (command.what === 'function' || command.what === 'subshell') return [];
  return command.body.flatMap(({ commands }) => commands.flatMap(returnsIn));
}

function forget(name: string, variables: Variables): void {
  if (name === '@') setParameters(UNKNOWN, variables);
  else variables.set(name, undefined);
}

function headEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline;
}
