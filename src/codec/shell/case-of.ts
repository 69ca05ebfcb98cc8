import type { Part } from './lex.ts';
import type { Status } from './reasons.ts';
import type { ScriptRun } from './script-run.ts';
import type { Choice, Compound, Pipeline } from './tree.ts';
import { expandValue, partValue, type Variables } from './variables.ts';

/** How a `case` came out; or the choices that are open, as nobody knows which of them is taken. */
export type CaseDone = { readonly status: Status } | { readonly open: readonly Choice[] };

/** A word that is known has its choice; one that is not is taken for the one that a machine comes up with. */
export function caseOf(
  { subject, choices = [] }: Compound,
  run: ScriptRun,
  list: (body: readonly Pipeline[]) => Status,
): CaseDone {
  const text = subject === undefined ? undefined : expandValue(subject.parts, run.variables);
  const up = text === undefined ? wayUp(choices) : undefined;
  if (text === undefined && up === undefined) return { open: choices };
  let status: Status = true;
  let goesOn = false;
  for (const [at, choice] of choices.entries()) {
    const isTaken = goesOn || (text === undefined ? choice === up : isFor(choice, text, run.variables));
    if (isTaken === undefined) return { open: choices.slice(at) };
    if (!isTaken) continue;
    status = list(choice.body);
    if (run.left !== undefined || choice.closer === ';;') break;
    goesOn = choice.closer === ';&';
  }
  return { status: text === undefined ? undefined : status };
}

/** What init scripts, and those of interfaces, are called with on the way up. */
const WAY_UP = ['start', 'up'];

function wayUp(choices: readonly Choice[]): Choice | undefined {
  const found = WAY_UP.map((word) => choices.find((choice) => names(choice, word)));
  return found.find((choice) => choice !== undefined);
}

function names({ patterns }: Choice, word: string): boolean {
  return patterns.some(
    ({ parts: [only, more] }) => more === undefined && only?.kind === 'text' && only.text === word,
  );
}

/** Undefined where one of its patterns is not known. */
function isFor({ patterns }: Choice, text: string, variables: Variables): boolean | undefined {
  const read = patterns.map(({ parts }) => signsOf(parts, variables));
  if (read.some((signs) => signs !== undefined && fits(signs, text))) return true;
  return read.includes(undefined) ? undefined : false;
}

/** Of a pattern: any text, or one sign of these, or of all others. */
type Sign = 'text' | { readonly of: string; readonly not: boolean };

/** Quoted signs are themselves. */
function signsOf(parts: readonly Part[], variables: Variables): readonly Sign[] | undefined {
  const signs: Sign[] = [];
  for (const part of parts) {
    const value = partValue(part, variables);
    if (value.kind === 'unknown' || (!part.quoted && STRANGE.test(value.text))) return undefined;
    for (const [one] of value.text.matchAll(part.quoted ? /./gsu : /\[[^\]]+\]|./gsu))
      signs.push(part.quoted ? { of: one, not: false } : signOf(one));
  }
  return signs;
}

/** Ranges and classes, which depend on the language, and signs that escape others. */
const STRANGE = /\[[^\]]*[-[\\]|\\/;

function signOf(written: string): Sign {
  if (written === '*') return 'text';
  if (written === '?') return { of: '', not: true };
  const [, not, set] = /^\[([!^]?)(.+)\]$/su.exec(written) ?? [];
  return set === undefined ? { of: written, not: false } : { of: set, not: not !== '' };
}

/** Where it does not go on, the last `*` takes one sign more: what those before it took need not change. */
function fits(signs: readonly Sign[], text: string): boolean {
  const letters = [...text];
  let at = 0;
  let sign = 0;
  let star: { readonly sign: number; readonly at: number } | undefined;
  while (at < letters.length) {
    const wanted = signs[sign];
    if (wanted === 'text') {
      star = { sign, at };
      sign += 1;
    } else if (wanted !== undefined && wanted.of.includes(letters[at] ?? '') !== wanted.not) {
      at += 1;
      sign += 1;
    } else if (star !== undefined) {
      star = { sign: star.sign, at: star.at + 1 };
      at = star.at;
      sign = star.sign + 1;
    } else return false;
  }
  return signs.slice(sign).every((rest) => rest === 'text');
}
