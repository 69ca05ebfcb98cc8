import { isShell } from './inner-shell.ts';
import { looksOnly } from './only-looks.ts';
import { withoutPrefixes } from './prefixes.ts';
import { isRelevant, type Known, mayMatter, mayRun, writtenWords } from './program.ts';
import { programName } from './program-name.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';

/** Whether a command is for another network namespace; told where it makes rules there. */
export function isElsewhere(command: Simple, run: ScriptRun): boolean {
  const words = commandElsewhere(command, run);
  if (words !== undefined && mayMakeRules(words))
    run.leaveOut(command, 'this command is not read: it is for another network namespace');
  return words !== undefined;
}

/** What `ip` does in another network namespace, as a command; undefined where it stays in this one. */
export function commandElsewhere(command: Simple, known: Known): readonly string[] | undefined {
  const [program = '', ...words] = withoutPrefixes(writtenWords(command, known));
  if (programName(program) !== 'ip') return undefined;
  let at = 0;
  let isNamed = false;
  let isAll = false;
  for (let word = words[at]; word?.startsWith('-'); word = words[at]) {
    if (NAMED.test(word)) isNamed = true;
    if (ALL.test(word)) isAll = true;
    at += NAMED.test(word) || VALUED.test(word) ? 2 : 1;
  }
  if (NETNS.test(words[at] ?? '') && EXEC.test(words[at + 1] ?? '')) return words.slice(at + (isAll ? 2 : 3));
  return isNamed ? [program, ...words.slice(at)] : undefined;
}

/** As ip takes them, by any beginning that is long enough. */
const NAMED = /^--?n(?:e(?:t(?:ns?)?)?)?$/;
const ALL = /^--?a(?:ll?)?$/;
const VALUED =
  /^--?(?:f(?:a(?:m(?:i(?:ly?)?)?)?)?|b(?:a(?:t(?:ch?)?)?)?|l(?:o(?:o(?:ps?)?)?)?|rc(?:v(?:b(?:uf?)?)?)?)$/;
const NETNS = /^net(?:ns?)?$/;
const EXEC = /^e(?:x(?:ec?)?)?$/;

/** Whether it may change rules or routes there. */
export function mayMakeRules(command: readonly string[]): boolean {
  const words = withoutPrefixes(command);
  const [program = ''] = words;
  const text = words.join(' ');
  if (isRelevant(program, text)) return !looksOnly(text, words);
  return isShell(program) ? mayMatter(text) : mayRun(program, text);
}
