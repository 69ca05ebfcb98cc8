import { isPassedOn } from './assigned.ts';
import type { CallFrame } from './call-frame.ts';
import type { Place } from './place.ts';
import type { Status } from './reasons.ts';
import type { ScriptState } from './script-state.ts';
import type { Compound, Simple } from './tree.ts';
import type { Variables } from './variables.ts';

/** What a script has while it runs, as far as its text tells. */
export class ScriptRun {
  readonly file: string;
  readonly text: string;
  readonly state: ScriptState;
  variables: Variables = new Map();
  /** By name, each as the group of commands that runs where it is called. */
  readonly functions = new Map<string, Compound>();
  /** How many functions, loops, shells and substitutions the current command stands within. */
  depth = 0;
  commands = 0;
  /** What `return` or `exit` has ended: nothing more of it runs. The exit of a subshell ends the subshell alone. */
  left: 'function' | 'script' | undefined;
  /** How the command before came out. */
  status: Status = true;
  /** The function that runs now. */
  frame: CallFrame | undefined;

  /** The command that runs this text, where the text does not stand in the script as it is run: `sh -c "$RULES"`. */
  readonly within: Place | undefined;

  constructor(file: string, text: string, state: ScriptState, within?: Place) {
    this.file = file;
    this.text = text;
    this.state = state;
    this.within = within;
  }

  /** Where to tell of a command. `iptables -w "$@"` in a function is told at the call, whose words say what it does. */
  placeOf(command: Simple): Place {
    if (this.within !== undefined) return this.within;
    return this.frame !== undefined && command.words.some(isPassedOn) ? this.frame.caller : command;
  }

  leaveOut(place: Place, message: string): void {
    const { start, end } = this.within ?? place;
    this.state.leaveOut({ file: this.file, start, end }, message);
  }
}
