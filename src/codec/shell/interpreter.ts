import { assign } from './arithmetic.ts';
import { bare } from './assigned.ts';
import { builtinNamed } from './builtins.ts';
import { CallFrame } from './call-frame.ts';
import { caseOf } from './case-of.ts';
import { countedLoop } from './counted-loop.ts';
import { sumOf } from './declarations.ts';
import { givesUp } from './gives-up.ts';
import { innerRun, innerScript, isShell } from './inner-shell.ts';
import { ENDS_EARLY, isOpen, leavesLoop, OPEN, PARAMETERS } from './loop.ts';
import { isElsewhere } from './other-namespace.ts';
import { parametersFrom, setParameters } from './parameters.ts';
import { parseShell } from './parse.ts';
import { passOver, passOverPipe, tellSubstitutions } from './passed-over.ts';
import { functionNameOf, isRelevant, knownText, looksRelevant, mayRun, programOf } from './program.ts';
import { REASONS, type Status, whetherRuns } from './reasons.ts';
import { inputOf, runRulesCommand } from './rules-command.ts';
import { mayRunText } from './run-text.ts';
import type { ScriptRun } from './script-run.ts';
import { assignTo } from './set-variables.ts';
import { substitutionsIn } from './substitutions.ts';
import type { Compound, Pipeline, ShellCommand, Simple } from './tree.ts';
import { assignWithin, expandWords } from './variables.ts';
import { keepWritten } from './written-files.ts';

/** Functions that call themselves, and loops within loops, come to an end. */
const MAX_DEPTH = 20;
const MAX_COMMANDS = 50_000;

export class Interpreter {
  private readonly run: ScriptRun;

  constructor(run: ScriptRun) {
    this.run = run;
  }

  list(pipelines: readonly Pipeline[]): Status {
    let status: Status = true;
    for (const [at, pipeline] of pipelines.entries()) {
      if (this.run.left !== undefined) return status;
      const runs = whetherRuns(pipeline, status);
      if (runs === false) continue;
      if (runs === undefined) {
        passOver(pipeline.commands, 'whether it runs depends on the command before it', this.run);
        status = undefined;
        this.run.status = status;
        this.run.variables.set('?', undefined);
        continue;
      }
      status = this.pipeline(pipeline);
      if (givesUp(pipeline, pipelines[at - 1])) this.goOn();
      this.run.status = status;
      this.run.variables.set('?', this.codeOf(pipeline, status));
    }
    return status;
  }

  /** What `$?` is then; a function may say in its own way that it failed. */
  private codeOf({ commands: [first] }: Pipeline, status: Status): string | undefined {
    if (status !== false) return status === true ? '0' : undefined;
    const { functions, variables } = this.run;
    const isCall = first?.kind === 'simple' && functions.has(functionNameOf(first.words, variables));
    return isCall ? undefined : '1';
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
      programOf(first.words, this.run.variables) === 'cat'
    )
      return this.simple({ ...last, input: first.input });
    passOverPipe(commands, this.run);
    return undefined;
  }

  private command(command: ShellCommand): Status {
    this.run.commands += 1;
    if (this.run.commands > MAX_COMMANDS || this.run.depth > MAX_DEPTH)
      return this.passedOver([command], 'the script does too much to be followed');
    return command.kind === 'simple' ? this.simple(command) : this.compound(command);
  }

  private compound(compound: Compound): Status {
    switch (compound.what) {
      case 'function':
        this.run.functions.set(compound.name ?? '', { ...compound, what: 'group' });
        return true;
      case 'group':
        return this.list(compound.body);
      case 'subshell':
        return this.subshell(compound);
      case 'for':
        return this.loop(compound);
      case 'if':
        return this.ifThen(compound);
      case 'case':
        return this.caseOf(compound);
      default:
        return this.passedOver([compound], REASONS[compound.what]);
    }
  }

  /** What it sets, and its exit, are its own. */
  private subshell(compound: Compound): Status {
    const { run } = this;
    const { variables, frame } = run;
    run.variables = new Map(variables);
    if (frame !== undefined) run.frame = new CallFrame(frame.body, frame.caller);
    const status = this.list(compound.body);
    run.variables = variables;
    run.frame = frame;
    run.left = undefined;
    return status;
  }

  /** What it asks is done in any case; as far as that is known, so is what it does then. */
  private ifThen(compound: Compound): Status {
    const { branches = [] } = compound;
    for (const [at, { condition, body }] of branches.entries()) {
      const status = condition === undefined ? true : this.list(condition);
      if (this.run.left !== undefined) return status;
      if (status === undefined) {
        const rest = branches.slice(at + 1).flatMap((one) => [...(one.condition ?? []), ...one.body]);
        return this.passedOver([{ ...compound, body: [...body, ...rest] }], REASONS.if);
      }
      if (!status) continue;
      const done = this.list(body);
      this.goOn();
      return done;
    }
    return true;
  }

  private caseOf(compound: Compound): Status {
    const done = caseOf(compound, this.run, (body) => this.list(body));
    if ('status' in done) return done.status;
    const body = done.open.flatMap((choice) => choice.body);
    return this.passedOver([{ ...compound, body }], REASONS.case);
  }

  /** Where there was something before, or something else is set, a script does not give up. */
  private goOn(): void {
    if (this.run.left === 'script') this.run.left = undefined;
  }

  private loop(compound: Compound): Status {
    if (compound.sums !== undefined) return this.counted(compound, compound.sums);
    const expanded = expandWords(compound.list ?? PARAMETERS, this.run.variables);
    if ('why' in expanded || expanded.words.some((word) => isOpen(word))) {
      const why = 'why' in expanded ? expanded.why : OPEN;
      return this.passedOver([compound], `what it loops over is not known from the text (${why})`);
    }
    if (leavesLoop(compound.body)) return this.passedOver([compound], ENDS_EARLY);
    this.run.depth += 1;
    for (const word of expanded.words) {
      if (this.run.left !== undefined) break;
      this.run.variables.set(compound.name ?? '', word);
      this.list(compound.body);
    }
    this.run.depth -= 1;
    return this.statusOfLoop();
  }

  /** `for ((i = 0; i < 3; i++))`, as long as its sums are known. */
  private counted(compound: Compound, sums: string): Status {
    if (leavesLoop(compound.body)) return this.passedOver([compound], ENDS_EARLY);
    this.run.depth += 1;
    const isDone = countedLoop(sums, this.run.variables, () => {
      this.list(compound.body);
      return this.run.left === undefined;
    });
    this.run.depth -= 1;
    return isDone
      ? this.statusOfLoop()
      : this.passedOver([compound], 'how often the loop runs is not known from the text');
  }

  /** Known only where a `return` or `exit` in it has ended more than the loop. */
  private statusOfLoop(): Status {
    return this.run.left === undefined ? undefined : this.run.status;
  }

  private simple(command: Simple): Status {
    const { words, assignments } = command;
    const { variables } = this.run;
    const [first] = words;
    tellSubstitutions(command, this.run);
    for (const { parts } of words.slice(sumOf(first) === undefined ? 0 : 1)) assignWithin(parts, variables);
    if (first === undefined) {
      for (const assignment of assignments) assignTo(assignment, variables);
      return substitutionsIn(command).length === 0 ? true : undefined;
    }
    const sum = sumOf(first);
    if (sum !== undefined) {
      assign(sum, variables);
      return undefined;
    }
    keepWritten(command, this.run);
    return this.started(bare(first), command);
  }

  /** A function, or a program: `name` is its first word as it is written. */
  private started(name: string, command: Simple): Status {
    const { words } = command;
    const { variables } = this.run;
    if (name === 'eval') {
      if (mayRunText(command, this.run)) this.run.leaveOut(command, 'what eval runs is not read');
      return undefined;
    }
    const body = this.run.functions.get(functionNameOf(words, variables));
    if (body !== undefined) return this.call(body, command);
    const program = programOf(words, variables);
    if (program === undefined) return this.unknownProgram(command);
    const status = this.program(program, command);
    // The shell itself is gone, unless it only opens a file: `exec {log}>FILE`.
    if (name === 'exec' && !/^\{\w+\}$/.test(program)) this.run.left = 'script';
    return status;
  }

  private program(program: string, command: Simple): Status {
    const builtin = builtinNamed(program);
    if (builtin !== undefined) return builtin(command, this.run);
    if (isShell(program)) return this.shell(command);
    if (isElsewhere(command, this.run)) return undefined;
    const text = knownText(command, this.run);
    if (isRelevant(program, text)) return runRulesCommand(command, this.run);
    if (mayRun(program, text))
      this.run.leaveOut(
        command,
        `what ${functionNameOf(command.words, this.run.variables)} does with these words is not known`,
      );
    return undefined;
  }

  /** `sh -c 'TEXT'`: a script of its own. */
  private shell(command: Simple): Status {
    const { run } = this;
    const given = innerScript(command, run, inputOf(command, run));
    if (given === undefined) return undefined;
    const inner = innerRun(given, run);
    const status = new Interpreter(inner).list(parseShell(given.text, given.from));
    run.commands = inner.commands;
    return status;
  }

  /** A function's body with its words as $1, $2 …; those of the caller come back behind it. */
  private call(body: Compound, command: Simple): Status {
    const { run } = this;
    const { words, isAll } = parametersFrom(command.words, run.variables);
    const outer = run.frame;
    const frame = new CallFrame(body, run.placeOf(command));
    frame.keepParameters(run.variables);
    for (const assignment of command.assignments) {
      frame.keep(assignment.name, run.variables);
      assignTo(assignment, run.variables);
    }
    run.frame = frame;
    setParameters({ words: words.slice(1), isAll }, run.variables);
    run.depth += 1;
    const status = this.list(body.body);
    run.depth -= 1;
    run.frame = outer;
    frame.restore(run.variables);
    if (run.left === 'function') run.left = undefined;
    return status;
  }

  private unknownProgram(command: Simple): Status {
    if (looksRelevant(knownText(command, this.run)))
      this.run.leaveOut(command, 'which program it starts is not known from the text');
    return undefined;
  }

  private passedOver(commands: readonly ShellCommand[], why: string): undefined {
    passOver(commands, why, this.run);
    return undefined;
  }
}
