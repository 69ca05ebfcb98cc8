import { TableNames } from '../ip-names.ts';
import { Interpreter } from './interpreter.ts';
import { parseShell } from './parse.ts';
import { ScriptRun } from './script-run.ts';
import { ALONE, type Around, type ScriptRead, ScriptState } from './script-state.ts';

export type { ScriptNft, ScriptRead } from './script-state.ts';

/**
 * What the iptables, ip6tables, iptables-restore, nft, ip rule and ip route commands of a shell script make of a machine
 * that had no rules before. Plain variables, functions that are called, loops over words and conditions on what is known
 * are followed; everything that only a running shell can decide is told, but for exits under a condition: they are taken
 * for those of a script that gives up, and the script is read as if it ran through, called with `start` where it asks for
 * that. Of files that it takes in those are followed that only give variables values.
 */
export function readScript(
  text: string,
  file: string,
  names = new TableNames(),
  around: Around = ALONE,
): ScriptRead {
  const state = new ScriptState(names, around);
  new Interpreter(new ScriptRun(file, text, state)).list(parseShell(text));
  return state.result();
}
