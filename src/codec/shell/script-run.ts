import { isPassedOn } from './assigned.ts';
import type { CallFrame } from './call-frame.ts';
import type { Place } from './place.ts';
import type { Status } from './reasons.ts';
import type { ScriptState } from './script-state.ts';
import type { Compound, Simple } from './tree.ts';
import type { Variables } from './variables.ts';

/** What a script has while it runs, as far as its text tells. */
export class ScriptRun {
  readonly text: string;
  readonly state: ScriptState;
  variables: Variables = new Map();
  /** By name, each as the group of commands that runs where it is called. */
  readonly functions = new Map<string, Compound>();
  /** Of functions and loops within each other. */
  depth = 0;
  commands = 0;
  /** What has been left: the function that runs now, or, as far as it is not a subshell's own, all of it. */
  left: 'function' | 'script' | undefined;
  /** How the command before came out. */
  status: Status = true;
  /** The function that runs now. */
  frame: CallFrame | undefined;

  /** Of a text that does not stand in the script as it is run: the command that runs it. */
  readonly within: Place | undefined;

  constructor(text: string, state: ScriptState, within?: Place) {
    this.text = text;
    this.state = state;
    this.within = within;
  }

  /** `iptables -w "$@"` in a function says nothing: its call does. */
  placeOf(command: Simple): Place {
    if (this.within !== undefined) return this.within;
    return this.frame !== undefined && command.words.some(isPassedOn) ? this.frame.caller : command;
  }

  leaveOut(place: Place, message: string): void {
    this.state.leaveOut(message, this.within ?? place);
  }
}
