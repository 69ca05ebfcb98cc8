import { TableNames } from '../ip-names.ts';
import { Interpreter } from './interpreter.ts';
import { parseShell } from './parse.ts';
import type { Place } from './place.ts';
import { ScriptRun } from './script-run.ts';
import { type ScriptRead, ScriptState } from './script-state.ts';

/**
 * A command that a shell of its own runs when an interface comes up, as the interface's configuration says; or one that
 * would do what the configuration has done without a shell.
 */
export interface Hook {
  readonly text: string;
  /** Where the command begins in the text, at whose end it ends. */
  readonly from: number;
  /** Where all of it is told, where the text is not the file's. */
  readonly within?: Place;
  /** Those the shell gets; undefined: it gets it, and nobody knows with what value. */
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** It stands in the file, and does not just come with an address or a gateway. */
  readonly isWritten: boolean;
}

export interface HookFile {
  readonly file: string;
  readonly hooks: readonly Hook[];
}

/** What the hooks of all interfaces together make of a machine that had no rules before. */
export function readHooks(
  files: readonly HookFile[],
  names = new TableNames(),
  beside: ReadonlySet<string> = new Set(),
): ScriptRead {
  const state = new ScriptState(names, beside);
  for (const { file, hooks } of files)
    for (const { text, from, within, variables } of hooks) {
      const run = new ScriptRun(file, text, state, within);
      run.variables = new Map(variables);
      new Interpreter(run).list(parseShell(text, from));
    }
  return state.result();
}

export function commandOf({ text, from }: Hook): string {
  return text.slice(from);
}
