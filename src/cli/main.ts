import { Refusal } from '../apply/refusal.ts';
import { WrongVariable } from '../apply/wrong-variable.ts';
import { nearest } from '../config/nearest.ts';
import { type Host, HostError } from '../host/host.ts';
import { LabError } from '../lab/lab-error.ts';
import type { ExitCode } from './command.ts';
import { hostErrorText } from './format/host-error-text.ts';
import { commandHelp, overviewHelp } from './help.ts';
import { parseArguments } from './parse-arguments.ts';
import { COMMANDS, type CommandEntry } from './registry.ts';
import { UsageError } from './usage-error.ts';
import { VERSION } from './version.ts';

/** Lines longer than this are tiring to read, however wide the terminal is. */
const MAX_HELP_WIDTH = 100;

/** One call of polywan. `argv` is what stands after the program's name. Never throws. */
export async function main(argv: readonly string[], host: Host): Promise<ExitCode> {
  try {
    return await dispatch(argv, host);
  } catch (error) {
    return report(error, host);
  }
}

/** What went wrong in words, and the exit code that goes with it. */
export function report(error: unknown, host: Pick<Host, 'stderr' | 'isRoot' | 'inSources'>): ExitCode {
  if (error instanceof UsageError || error instanceof WrongVariable) {
    host.stderr.write(`polywan: ${error.message}\n`);
    return 2;
  }
  if (error instanceof Refusal || error instanceof LabError) {
    host.stderr.write(`polywan: ${error.message}\n`);
    return 3;
  }
  if (error instanceof HostError) {
    host.stderr.write(`polywan: ${hostErrorText(error, host)}\n`);
    return 3;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  host.stderr.write(
    `${host.inSources(stack ?? String(error))}\npolywan: this is a bug in polywan; please report it\n`,
  );
  return 3;
}

async function dispatch(argv: readonly string[], host: Host): Promise<ExitCode> {
  const { name, words } = splitCommand(argv);
  if (name === undefined) return withoutCommand(argv, host);
  if (name === 'help') return dispatch([...words, '--help'], host);
  const entry = findCommand(name);
  if (asksFor(words, '--version')) return withoutCommand(['--version'], host);
  if (entry.stays) host.saveMemory();
  const command = await entry.load();
  if (asksFor(words, '--help', '-h')) {
    host.stdout.write(commandHelp(command, helpWidth(host)));
    return 0;
  }
  const args = parseArguments(command, words);
  return command.run(args, { host, color: wantsColor(args['no-color'] === true, host) });
}

function withoutCommand(argv: readonly string[], host: Host): ExitCode {
  const args = parseArguments({ positionals: [], options: {} }, argv);
  if (args.version === true) host.stdout.write(`polywan ${VERSION}\n`);
  else if (args.help === true) host.stdout.write(overviewHelp(COMMANDS, helpWidth(host)));
  else throw new UsageError("no command given; 'polywan --help' lists them");
  return 0;
}

/** Asking for it loads what a terminal takes, some 5 ms. */
function helpWidth(host: Host): number {
  return Math.min(host.stdout.columns, MAX_HELP_WIDTH);
}

/** The first word that is no option is the command; `-c FILE` may stand before it. */
function splitCommand(argv: readonly string[]): {
  readonly name: string | undefined;
  readonly words: readonly string[];
} {
  let at = 0;
  while (argv[at]?.startsWith('-')) at += argv[at] === '-c' || argv[at] === '--config' ? 2 : 1;
  return { name: argv[at], words: [...argv.slice(0, at), ...argv.slice(at + 1)] };
}

function findCommand(name: string): CommandEntry {
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  const meant = nearest(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  throw new UsageError(
    meant === undefined
      ? `unknown command ${JSON.stringify(name)}; 'polywan --help' lists them`
      : `unknown command ${JSON.stringify(name)}; did you mean ${meant}?`,
  );
}

/** Before the words are read, so that the answer comes even beside a mistake. */
function asksFor(words: readonly string[], ...names: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? undefined : end).some((word) => names.includes(word));
}

function wantsColor(refused: boolean, host: Host): boolean {
  const noColor = host.env('NO_COLOR') ?? '';
  return !refused && noColor === '' && host.env('TERM') !== 'dumb' && host.stdout.isTerminal;
}
