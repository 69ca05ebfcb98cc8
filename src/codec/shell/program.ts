import { iptablesVariant } from './iptables-command.ts';
import type { WordToken } from './lex.ts';
import { expandWord, type Variables } from './variables.ts';

/** Commands that put another before themselves. */
const PREFIXES = new Set(['sudo', 'exec', 'command', 'nice', 'env', 'eval', 'builtin', 'nohup', 'doas']);

/** The program's name and its words, without what only starts it. */
export function withoutPrefixes(words: readonly string[]): readonly string[] {
  let at = 0;
  while (PREFIXES.has(words[at] ?? '')) {
    at += 1;
    while (/^-|^[A-Za-z_]\w*=/.test(words[at] ?? '')) at += 1;
  }
  return words.slice(at);
}

/** More words than that stand before no program. */
const FIRST_WORDS = 5;

/** The name of what a command starts; undefined when only running tells. */
export function programOf(words: readonly WordToken[], variables: Variables): string | undefined {
  const names: string[] = [];
  for (const token of words) {
    const expanded = expandWord(token, variables);
    if ('why' in expanded) break;
    names.push(...expanded.words);
    if (names.length >= FIRST_WORDS) break;
  }
  return withoutPrefixes(names)[0];
}

/** Whether a program decides about a packet's way. `text` is the whole command as it is written. */
export function isRelevant(program: string | undefined, text: string): boolean {
  if (program === undefined) return false;
  if (iptablesVariant(program) !== undefined || /(?:^|\/)nft$/.test(program)) return true;
  if (!/(?:^|\/)ip$/.test(program)) return false;
  return /\s(?:ru|rule|r|ro|route|-b|-batch)(?:\s|$)/.test(text);
}

/** Who only looks changes nothing, and neither does who takes away from a machine that has nothing. */
export function isLook(text: string): boolean {
  return /\s(?:-(?:L|S|nL|nvL|vnL|C|D|V|h)|--(?:list|list-rules|check|delete|version|help)|list|show|ls|del|delete)\b/.test(
    text,
  );
}

/** Whether a program that is not known is given words of iptables or ip. */
export function looksRelevant(text: string): boolean {
  return /\s-[AIDNPFX]\s|\s-t\s+(?:nat|mangle|filter|raw)\b|\s(?:rule|route)\s+add\b/.test(text);
}

/** Whether a text that is run may hold a command that matters. */
export function mayMatter(text: string): boolean {
  return looksRelevant(` ${text} `) || /\b(?:ip6?tables|nft)\b/.test(text);
}
