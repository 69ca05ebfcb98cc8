import { bare, namesSet, SETTERS } from './assigned.ts';
import { DECLARATIONS } from './declarations.ts';
import type { WordToken } from './lex.ts';
import { set, shift } from './parameters.ts';
import { mayMatter } from './program.ts';
import type { Status } from './reasons.ts';
import { mayRunText } from './run-text.ts';
import type { ScriptRun } from './script-run.ts';
import { declare, letSum, unset } from './set-variables.ts';
import { takeSettings } from './settings.ts';
import { isTestName, testWords } from './test-command.ts';
import type { Simple } from './tree.ts';
import { expandWord } from './variables.ts';

/** A command that the shell carries out itself, without starting a program. */
export type Builtin = (command: Simple, run: ScriptRun) => Status;

export function builtinNamed(program: string): Builtin | undefined {
  if (DECLARATIONS.has(program)) return declare;
  if (isTestName(program)) return testWords;
  return SETTERS.has(program) ? forgetWhatItSets : BUILTINS.get(program);
}

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => true],
  ['true', () => true],
  ['false', () => false],
  ['exit', leaveScript],
  ['return', leaveFunction],
  ['let', letSums],
  ['shift', ({ words }, { variables }) => shift(words.slice(1), variables)],
  ['set', ({ words }, { variables }) => set(words.slice(1), variables)],
  ['unset', unsetAll],
  ['.', takeIn],
  ['source', takeIn],
]);

function leaveScript({ words }: Simple, run: ScriptRun): Status {
  run.left = 'script';
  return statusIn(words, run);
}

/** Outside of functions it ends the script in dash, does nothing in bash, and ends only the file that `.` has taken in. */
function leaveFunction(command: Simple, run: ScriptRun): Status {
  if (run.frame !== undefined) run.left = 'function';
  else if (mayMatter(run.text.slice(command.end)))
    run.leaveOut(command, 'whether a script ends at a return outside of its functions is up to the shell');
  return statusIn(command.words, run);
}

function statusIn([, word]: readonly WordToken[], run: ScriptRun): Status {
  if (word === undefined) return run.status;
  const expanded = expandWord(word, run.variables);
  const [number] = 'words' in expanded ? expanded.words : [];
  return number === undefined ? undefined : Number(number) % 256 === 0;
}

function letSums({ words }: Simple, { variables }: ScriptRun): Status {
  for (const word of words.slice(1)) letSum(word, variables);
  return undefined;
}

function unsetAll({ words }: Simple, { variables }: ScriptRun): Status {
  for (const word of words.slice(1)) unset(bare(word), variables);
  return undefined;
}

function forgetWhatItSets({ words }: Simple, { variables }: ScriptRun): Status {
  for (const name of namesSet(words)) variables.set(name, undefined);
  return undefined;
}

function takeIn(command: Simple, run: ScriptRun): Status {
  if (mayRunText(command, run) && !takeSettings(command, run))
    run.leaveOut(command, 'what the script takes in from another file is not read');
  return undefined;
}
