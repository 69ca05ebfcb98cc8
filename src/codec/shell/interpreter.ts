import type { Span } from '../../net/span.ts';
import { assign } from './arithmetic.ts';
import { assignedBy, bare, isPassedOn, namesSet, SETTERS } from './assigned.ts';
import { carryOut, type Input } from './carry-out.ts';
import { countedLoop } from './counted-loop.ts';
import { DECLARATIONS, sumOf } from './declarations.ts';
import { readHereDocument } from './here-document.ts';
import { isOpen, leavesLoop, OPEN } from './loop.ts';
import {
  isLook,
  isRelevant,
  looksRelevant,
  mayMatter,
  programOf,
  textOf,
  withoutPrefixes,
} from './program.ts';
import { REASONS, type Status, whetherRuns } from './reasons.ts';
import { type ScriptRead, ScriptState } from './script-state.ts';
import { assignTo, declare, letSum, unset } from './set-variables.ts';
import type { Compound, Pipeline, ShellCommand, Simple } from './tree.ts';
import { expandWords, forgetAssigned, type Variables, variablesOfCall } from './variables.ts';

/** Functions that call themselves, and loops within loops, come to an end. */
const MAX_DEPTH = 20;
const MAX_COMMANDS = 50_000;

type Place = Pick<Simple, 'start' | 'end'>;

export class Interpreter {
  private readonly text: string;
  private readonly state: ScriptState;
  private variables: Variables = new Map();
  private readonly functions = new Map<string, Compound>();
  private depth = 0;
  private commands = 0;
  private ended = false;
  /** The call of the function that runs now. */
  private caller: Place | undefined;

  constructor(text: string, file: string) {
    this.text = text;
    this.state = new ScriptState(file);
  }

  run(pipelines: readonly Pipeline[]): ScriptRead {
    this.list(pipelines);
    return this.state.result();
  }

  private list(pipelines: readonly Pipeline[]): Status {
    let status: Status = true;
    for (const pipeline of pipelines) {
      if (this.ended) return status;
      const runs = whetherRuns(pipeline, status);
      if (runs === false) continue;
      if (runs === undefined) {
        this.passOver(pipeline.commands, 'whether it runs depends on the command before it');
        status = undefined;
        continue;
      }
      status = this.pipeline(pipeline);
    }
    return status;
  }

  private pipeline({ commands, negated }: Pipeline): Status {
    const [only, second] = commands;
    const status =
      second === undefined ? (only === undefined ? true : this.command(only)) : this.piped(commands);
    return status === undefined || !negated ? status : !status;
  }

  /** `cat <<EOF | iptables-restore` is followed; of other pipes only their last command could matter. */
  private piped(commands: readonly ShellCommand[]): Status {
    const [first, last, more] = commands;
    if (
      more === undefined &&
      first?.kind === 'simple' &&
      last?.kind === 'simple' &&
      first.input !== undefined &&
      programOf(first.words, this.variables) === 'cat'
    )
      return this.simple({ ...last, input: first.input });
    this.passOver(commands, 'what comes through the pipe is decided when it runs');
    return undefined;
  }

  private command(command: ShellCommand): Status {
    this.commands += 1;
    if (this.commands > MAX_COMMANDS || this.depth > MAX_DEPTH) {
      this.passOver([command], 'the script does too much to be followed');
      return undefined;
    }
    return command.kind === 'simple' ? this.simple(command) : this.compound(command);
  }

  private compound(compound: Compound): Status {
    switch (compound.what) {
      case 'function':
        this.functions.set(compound.name ?? '', compound);
        return true;
      case 'group':
        return this.list(compound.body);
      case 'subshell':
        return this.subshell(compound);
      case 'for':
        return this.loop(compound);
      default:
        this.passOver([compound], REASONS[compound.what]);
        return undefined;
    }
  }

  /** What it sets, and its exit, are its own. */
  private subshell(compound: Compound): Status {
    const outer = this.variables;
    this.variables = new Map(outer);
    const status = this.list(compound.body);
    this.variables = outer;
    this.ended = false;
    return status;
  }

  private loop(compound: Compound): Status {
    if (compound.sums !== undefined) return this.counted(compound, compound.sums);
    if (compound.list === undefined) {
      this.passOver([compound], 'what it loops over is decided when it runs');
      return undefined;
    }
    const expanded = expandWords(compound.list, this.variables);
    if ('why' in expanded || expanded.words.some((word) => isOpen(word))) {
      const why = 'why' in expanded ? expanded.why : OPEN;
      this.passOver([compound], `what it loops over is not known from the text (${why})`);
      return undefined;
    }
    if (this.endsEarly(compound)) return undefined;
    this.depth += 1;
    for (const word of expanded.words) {
      this.variables.set(compound.name ?? '', word);
      this.list(compound.body);
    }
    this.depth -= 1;
    return undefined;
  }

  /** `for ((i = 0; i < 3; i++))`, as long as its sums are known. */
  private counted(compound: Compound, sums: string): Status {
    if (this.endsEarly(compound)) return undefined;
    this.depth += 1;
    const isDone = countedLoop(sums, this.variables, () => this.list(compound.body));
    this.depth -= 1;
    if (!isDone) this.passOver([compound], 'how often the loop runs is not known from the text');
    return undefined;
  }

  /** With `break` and `continue` some of it runs less often than the loop. */
  private endsEarly(compound: Compound): boolean {
    if (!leavesLoop(compound.body)) return false;
    this.passOver([compound], 'where the loop ends is decided when it runs');
    return true;
  }

  private simple(command: Simple): Status {
    const { words, assignments } = command;
    for (const { parts } of words.slice(sumOf(words[0]) === undefined ? 0 : 1))
      forgetAssigned(parts, this.variables);
    if (words.length === 0) {
      for (const assignment of assignments) assignTo(assignment, this.variables);
      return true;
    }
    const sum = sumOf(words[0]);
    if (sum !== undefined) {
      assign(sum, this.variables);
      return undefined;
    }
    if (words[0] !== undefined && bare(words[0]) === 'eval') return this.evaluated(command);
    const program = programOf(command.words, this.variables);
    if (program === undefined) return this.unknownProgram(command);
    const body = this.functions.get(program);
    if (body !== undefined) return this.call(body, command);
    if (DECLARATIONS.has(program)) return declare(command, this.variables);
    if (program === 'true' || program === ':') return true;
    if (program === 'false') return false;
    if (program === 'exit' && this.depth === 0) this.ended = true;
    if (program === 'let') for (const word of words.slice(1)) letSum(word, this.variables);
    if (SETTERS.has(program)) for (const name of namesSet(words)) this.variables.set(name, undefined);
    if (program === 'unset') for (const word of words.slice(1)) unset(bare(word), this.variables);
    if (program === '.' || program === 'source')
      this.leaveOut(command, 'what the script takes in from another file is not read');
    return isRelevant(program, textOf(this.text, command)) ? this.relevant(command) : undefined;
  }

  /** `eval`: what its words come to is a script of its own. */
  private evaluated(command: Simple): Status {
    const expanded = expandWords(command.words.slice(1), this.variables);
    if ('why' in expanded || mayMatter(expanded.words.join(' ')))
      this.leaveOut(command, 'what eval runs is not read');
    return undefined;
  }

  /** A function's body with its words as $1, $2 …; those of the caller come back behind it. */
  private call(body: Compound, command: Simple): Status {
    const { words } = command;
    const { caller } = this;
    this.caller = this.placeOf(command);
    const outer = this.variables;
    const inner = variablesOfCall(words.slice(1), outer);
    this.variables = inner;
    this.depth += 1;
    const status = this.list(body.body);
    this.depth -= 1;
    this.caller = caller;
    // What it has set is set for all, but for its own words.
    for (const [name, value] of inner) if (!/^\d+$|^[@*#]$/.test(name)) outer.set(name, value);
    this.variables = outer;
    return status;
  }

  private unknownProgram(command: Simple): Status {
    if (looksRelevant(textOf(this.text, command)))
      this.leaveOut(command, 'which program it starts is not known from the text');
    return undefined;
  }

  /** `iptables -w "$@"` in a function says nothing: its call does. */
  private placeOf(command: Simple): Place {
    return this.caller !== undefined && command.words.some(isPassedOn) ? this.caller : command;
  }

  private relevant(command: Simple): Status {
    const expanded = expandWords(command.words, this.variables);
    if ('why' in expanded) {
      this.leaveOut(this.placeOf(command), `this command is not known from the text: ${expanded.why}`);
      return undefined;
    }
    const { start, end } = this.placeOf(command);
    const span: Span = { file: this.state.file, start, end };
    const done = carryOut(this.state, withoutPrefixes(expanded.words), span, this.inputOf(command));
    if (typeof done === 'object') {
      this.leaveOut(this.placeOf(command), `this command is not read: ${done.message}`);
      return undefined;
    }
    return done === 'done';
  }

  private inputOf({ input }: Simple): Input {
    return input === undefined
      ? undefined
      : readHereDocument(this.text, input, this.variables, this.state.file);
  }

  /** Commands that may or may not run: told once for all where one of them matters, and what they set is unknown. */
  private passOver(commands: readonly ShellCommand[], why: string): void {
    const relevant = commands.flatMap((command) => this.relevantIn(command, 0));
    for (const name of commands.flatMap(assignedBy)) this.variables.set(name, undefined);
    const [first] = commands;
    const last = commands.at(-1);
    if (relevant.length === 0 || first === undefined || last === undefined) return;
    if (first.kind === 'simple') this.leaveOut(last, `this command is not read: ${why}`);
    else {
      const count = `${relevant.length} ${relevant.length === 1 ? 'command' : 'commands'}`;
      const place = { start: first.start, end: headEnd(this.text, first.start) };
      this.leaveOut(place, `${count} in here ${relevant.length === 1 ? 'is' : 'are'} not read: ${why}`);
    }
  }

  private relevantIn(command: ShellCommand, depth: number): readonly Simple[] {
    if (command.kind === 'simple') {
      const program = programOf(command.words, this.variables);
      const body = this.functions.get(program ?? '');
      if (body !== undefined && depth <= MAX_DEPTH)
        return this.relevantIn({ ...body, what: 'group' }, depth + 1).length > 0 ? [command] : [];
      const text = textOf(this.text, command);
      return isRelevant(program, text) && !isLook(text) ? [command] : [];
    }
    return command.body.flatMap(({ commands }) => commands.flatMap((one) => this.relevantIn(one, depth + 1)));
  }

  private leaveOut(place: Place, message: string): void {
    this.state.leaveOut(message, place);
  }
}

function headEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline;
}
