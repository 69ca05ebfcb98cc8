import { iptablesVariant } from './iptables-command.ts';
import type { WordToken } from './lex.ts';
import { withoutPrefixes } from './prefixes.ts';
import { programName } from './program-name.ts';
import type { Simple } from './tree.ts';
import { expandWord, type Variables } from './variables.ts';

/** No program has more words before it. */
const FIRST_WORDS = 16;

/** A command's words up to the first that only running tells. */
function firstWords(words: readonly WordToken[], variables: Variables): readonly string[] {
  const names: string[] = [];
  for (const token of words) {
    const expanded = expandWord(token, variables);
    if ('why' in expanded) break;
    names.push(...expanded.words);
    if (names.length >= FIRST_WORDS) break;
  }
  return names;
}

/** The name of what a command starts; undefined when only running tells. */
export function programOf(words: readonly WordToken[], variables: Variables): string | undefined {
  return withoutPrefixes(firstWords(words, variables))[0];
}

/** What may be the name of a function: `command iptables` is the program, whatever function is called so. */
export function functionNameOf(words: readonly WordToken[], variables: Variables): string {
  return firstWords(words, variables)[0] ?? '';
}

/** The command as it is written, and as far as it is known: in `ip "$@"` its words say what it is about. */
export function knownText(command: Simple, { text, variables }: Known): string {
  return `${text.slice(command.start, command.end)} ${firstWords(command.words, variables).join(' ')}`;
}

/** All words of a command: those that only running tells as they are written. */
export function writtenWords({ words }: Simple, { text, variables }: Known): readonly string[] {
  return words.flatMap((token) => {
    const expanded = expandWord(token, variables);
    return 'why' in expanded ? [text.slice(token.start, token.end)] : expanded.words;
  });
}

export interface Known {
  readonly text: string;
  readonly variables: Variables;
}

/** Whether a program decides about a packet's way. `text` is all that is known of the command. */
export function isRelevant(program: string, text: string): boolean {
  const name = programName(program);
  if (iptablesVariant(program) !== undefined || name === 'nft') return true;
  if (name !== 'ip') return false;
  return /\s(?:ru|rule|r|ro|route|-b(?:a(?:t(?:ch?)?)?)?)(?:\s|$)|[\s/]ip(?:\s+-\S+)*$/.test(text);
}

/** Programs whose words are only text for somebody to see, names of programs and files, or rules of bridges alone. */
const OTHERS: ReadonlySet<string> = new Set(
  (
    'echo printf logger cat grep sed awk test [ [[ command which type hash ls cp mv ln rm chmod update-alternatives ' +
    'arptables ebtables iptables-translate ip6tables-translate'
  ).split(' '),
);

/** A program among the words of another, and what behind it makes it one that matters. */
const LOADS = /[\s"'](?:[\w./-]*\/)?ip6?tables(?:-legacy|-nft)?-restore\b/;
const STARTS = /[\s"'](?:[\w./-]*\/)?(?:ip6?tables(?:-legacy|-nft)?|nft|ip)(?=\s)/;
const ADDS = /\s(?:-[AIDRNPFXfb]|add)\s/;

function starts(text: string): boolean {
  const at = text.search(STARTS);
  return LOADS.test(text) || (at !== -1 && ADDS.test(text.slice(at)));
}

/** Words of a rule. */
function isRule(text: string): boolean {
  const at = text.search(/\s-[AIR]\s+\S+\s/);
  return at !== -1 && /\s-[jg]\s/.test(text.slice(at + ' -A'.length));
}

/** Whether a program that is not known may start one of them, or is given the words of a rule. */
export function mayRun(program: string, text: string): boolean {
  if (OTHERS.has(programName(program)) || startsNothing(program, text)) return false;
  return starts(text) || isRule(text);
}

/** `ip link add` starts nothing. */
function startsNothing(program: string, text: string): boolean {
  return programName(program) === 'ip' && !/\sexec\s/.test(text);
}

/** Whether a program that nobody knows is given words of iptables or ip. */
export function looksRelevant(text: string): boolean {
  return (
    starts(text) || /\s-[AIDNPFX]\s|\s-t\s+(?:nat|mangle|filter|raw)\b|\s(?:rule|route)\s+add\b/.test(text)
  );
}

/** Whether a text that is run may hold a command that matters. */
export function mayMatter(text: string): boolean {
  return looksRelevant(` ${text} `) || /\b(?:ip6?tables|nft)\b/.test(text);
}
