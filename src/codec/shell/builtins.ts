import { bare, namesSet, SETTERS } from './assigned.ts';
import { DECLARATIONS } from './declarations.ts';
import { set, shift } from './parameters.ts';
import type { Status } from './reasons.ts';
import type { ScriptRun } from './script-run.ts';
import { declare, letSum, unset } from './set-variables.ts';
import type { Simple } from './tree.ts';

/** A command that the shell itself carries out, without a list of commands in it. */
export type Builtin = (command: Simple, run: ScriptRun) => Status;

export function builtinNamed(program: string): Builtin | undefined {
  if (DECLARATIONS.has(program)) return (command, { variables }) => declare(command, variables);
  return SETTERS.has(program) ? forgetWhatItSets : BUILTINS.get(program);
}

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => true],
  ['true', () => true],
  ['false', () => false],
  ['let', letSums],
  ['shift', ({ words }, { variables }) => shift(words.slice(1), variables)],
  ['set', ({ words }, { variables }) => set(words.slice(1), variables)],
  ['unset', unsetAll],
  ['.', takeIn],
  ['source', takeIn],
]);

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
  run.leaveOut(command, 'what the script takes in from another file is not read');
  return undefined;
}
