import { withoutPrefixes } from './prefixes.ts';
import { knownText } from './program.ts';
import type { ScriptRun } from './script-run.ts';
import type { Simple } from './tree.ts';
import { expandWords } from './variables.ts';

/** Whether a command only lists or deletes: neither changes a machine that has nothing. */
export function onlyLooks(command: Simple, run: ScriptRun): boolean {
  const expanded = expandWords(command.words, run.variables);
  return looksOnly(knownText(command, run), 'words' in expanded ? withoutPrefixes(expanded.words) : []);
}

/** The same of all that is known of a command, and of its words where each is known. */
export function looksOnly(text: string, words: readonly string[]): boolean {
  return LOOKS.test(text) || LISTS_ALL.test(words.join(' '));
}

/** Words that say so, wherever they stand. How a list is printed may stand before its letter: `-nvL`. */
const LOOKS =
  /\s(?:-(?:[nvx]*[LS]|C|D|V|h)|--(?:list|list-rules|check|delete|version|help)|list|show|ls|(?:r|ro|route)\s+get|del|delete)\b/;

/** `ip route` and `ip rule` without a word behind them; behind `-b` stands the name of a file. */
const LISTS_ALL = /^(?:\S*\/)?ip(?: (?:-(?!b)\S+|inet6?))* (?:ru|rule|r|ro|route)$/;
