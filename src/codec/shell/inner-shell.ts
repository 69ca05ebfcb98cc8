import type { Input } from './carry-out.ts';
import { setParameters } from './parameters.ts';
import type { Place } from './place.ts';
import { withoutPrefixes } from './prefixes.ts';
import { knownText, mayMatter, writtenWords } from './program.ts';
import { programName } from './program-name.ts';
import { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandWords } from './variables.ts';

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh']);

export function isShell(program: string): boolean {
  return SHELLS.has(programName(program));
}

/** What a shell is started for: the text behind `-c` with the words behind it, or what comes through its input. */
type Given =
  | { readonly kind: 'text'; readonly text: string; readonly words: readonly string[] }
  | { readonly kind: 'input'; readonly words: readonly string[] };

/** Options whose value is the next word: `bash -o pipefail`. */
const VALUED = /^(?:[-+][a-z]*[oO]|--(?:rcfile|init-file))$/;

/** Undefined for a shell that runs a file. The first of `words` is the shell itself. */
function scriptIn([, ...words]: readonly string[]): Given | undefined {
  let at = 0;
  let given = '';
  for (let word = words[at]; word !== undefined && /^[-+]./.test(word); word = words[at]) {
    at += VALUED.test(word) ? 2 : 1;
    if (word === '--') break;
    if (/^-[a-zA-Z]+$/.test(word)) given += word;
  }
  const rest = words.slice(at);
  if (given.includes('c')) return { kind: 'text', text: rest[0] ?? '', words: rest.slice(2) };
  if (rest.length === 0 || rest[0] === '-') return { kind: 'input', words: rest.slice(1) };
  return given.includes('s') ? { kind: 'input', words: rest } : undefined;
}

/** A script within the script. All of it is told at `within` where its text does not stand in the script as it is. */
export interface InnerScript {
  readonly text: string;
  /** Where it begins in the text. */
  readonly from: number;
  /** Its parameters. */
  readonly words: readonly string[];
  readonly within?: Place;
}

/** What a command gives the shell that it starts to run. Undefined for a file, and where it is not known, which is told. */
export function innerScript(command: Simple, run: ScriptRun, input: Input): InnerScript | undefined {
  const expanded = expandWords(command.words, run.variables);
  if ('why' in expanded) {
    if (mayBeGiven(command, run)) run.leaveOut(command, notKnown(expanded.why));
    return undefined;
  }
  const given = scriptIn(withoutPrefixes(expanded.words));
  if (given === undefined) {
    if (mayBeGiven(command, run)) run.leaveOut(command, 'what this shell runs from another file is not read');
    return undefined;
  }
  if (given.kind === 'text') return placed(given.text, given.words, command, run);
  if (typeof input === 'string') run.leaveOut(command, notKnown(input));
  return typeof input === 'object' ? placed(input.text, given.words, command, run) : undefined;
}

/** Its run: without the functions of the outer script. Any of the outer variables may be exported, so it knows none. */
export function innerRun({ text, words, within }: InnerScript, outer: ScriptRun): ScriptRun {
  const inner = new ScriptRun(outer.file, text, outer.state, within);
  inner.depth = outer.depth + 1;
  inner.commands = outer.commands;
  for (const name of outer.variables.keys())
    if (/^[A-Za-z_]\w*$/.test(name)) inner.variables.set(name, undefined);
  setParameters({ words, isAll: true }, inner.variables);
  return inner;
}

/** Whether a shell, started so, may be given a command that matters. In a file anything may stand. */
export function mayBeGiven(command: Simple, run: ScriptRun): boolean {
  const text = knownText(command, run);
  if (mayMatter(text) || /\s-[a-z]*c\s+"?\$/.test(text)) return true;
  const words = withoutPrefixes(writtenWords(command, run));
  return scriptIn(words) === undefined && !words.some((word) => ONLY_READS.test(word));
}

/** The file is only looked through for mistakes. */
const ONLY_READS = /^-[a-z]*n[a-z]*$/;

function notKnown(why: string): string {
  return `what this shell runs is not known from the text: ${why}`;
}

function placed(text: string, words: readonly string[], command: Simple, run: ScriptRun): InnerScript {
  const at = run.within === undefined ? run.text.indexOf(text, command.start) : -1;
  if (at === -1 || at + text.length > Math.max(command.end, command.input?.end ?? 0))
    return { text, from: 0, words, within: run.placeOf(command) };
  return { text: run.text.slice(0, at + text.length), from: at, words };
}
