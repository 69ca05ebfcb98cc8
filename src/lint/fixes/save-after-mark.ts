import type { Sources } from '../../net/diagnostic.ts';
import { FULL_MASK, formatMark, formatWord, type Mark, parseMark, parseWord } from '../../net/mark.ts';
import type { Span } from '../../net/span.ts';
import type { Edit } from '../finding.ts';
import { indexOfWord, type RuleLine, type RuleWord, ruleLine } from './rule-words.ts';

/**
 * Saves the mark in the chain that sets it, before anything can leave: the rule at `span` is the one that marks, `mask`
 * are the bits to save. iptables gets a rule behind it for the same packets, nft a statement in the same rule.
 * Undefined where the text leaves open which packets these are.
 */
export function saveAfterMark(sources: Sources, span: Span, mask: number): readonly Edit[] | undefined {
  const line = ruleLine(sources, span);
  return line === undefined ? undefined : (inIptables(line, mask) ?? inNft(line, mask));
}

function inIptables(
  { file, end, indent, newline, words }: RuleLine,
  mask: number,
): readonly Edit[] | undefined {
  const append = indexOfWord(words, '-A', '--append');
  const chain = words[append + 1];
  const jump = words.findIndex(({ text }, at) => isJump(text) && words[at + 1]?.text === 'MARK');
  const set = indexOfWord(words, '--set-mark', '--set-xmark');
  const mark = parseMark(words[set + 1]?.text ?? '');
  if (append === -1 || chain === undefined || jump === -1 || set === -1 || mark === undefined)
    return undefined;
  const own = new Set([jump, jump + 1, set, set + 1]);
  const matches = words.filter((_, at) => at > append + 1 && !own.has(at));
  const when = sameAgain(matches, mark, mask);
  if (when === undefined) return undefined;
  const word = formatWord(mask);
  const head = words.slice(0, append + 2).map(({ text }, at) => (at === 0 ? withoutCount(text) : text));
  const save = [...head, ...when, '-j', 'CONNMARK', '--save-mark', '--nfmask', word, '--ctmask', word];
  return [{ span: { file, start: end, end }, text: `${newline}${indent}${save.join(' ')}` }];
}

function isJump(word: string): boolean {
  return word === '-j' || word === '--jump';
}

/** `[12:340]`: the new rule has seen nothing yet. */
function withoutCount(word: string): string {
  return /^\[\d+:\d+\]$/.test(word) ? '[0:0]' : word;
}

/** Options that say the same of the packet a moment later. */
const LASTING =
  /^(?:-[iopsdm]|!|--(?:in-interface|out-interface|protocol|source|destination|match|sports?|dports?|source-ports?|destination-ports?|ports|ctstate|ctdir|state|src-type|dst-type|src-range|dst-range|mac-source|dscp|tcp-flags|syn|icmp-type|icmpv6-type|uid-owner|gid-owner|match-set))$/;

/** Extensions of which every option is in LASTING. */
const PLAIN_MATCHES =
  /^(?:tcp|udp|icmp|icmp6|icmpv6|multiport|conntrack|state|addrtype|iprange|mac|dscp|owner|set)$/;

/** What the new rule asks for: the same as the rule that marks, or, where that may answer otherwise, for the mark. */
function sameAgain(matches: readonly RuleWord[], mark: Mark, mask: number): readonly string[] | undefined {
  const texts = withoutComment(matches.map(({ text }) => text));
  const lasting = texts.every((text, at) => {
    if (/^(?:-m|--match)$/.test(texts[at - 1] ?? '')) return PLAIN_MATCHES.test(text);
    return !text.startsWith('-') || LASTING.test(text);
  });
  if (lasting) return texts;
  const set = (mark.mask & mask) >>> 0;
  const value = (mark.value & set) >>> 0;
  return value === 0 ? undefined : ['-m', 'mark', '--mark', formatMark({ value, mask: set })];
}

function withoutComment(texts: readonly string[]): readonly string[] {
  return texts.filter((text, at) => {
    const before = texts[at - 1] ?? '';
    if (text === '--comment' || before === '--comment') return false;
    return !(before === '-m' && text === 'comment') && !(text === '-m' && texts[at + 1] === 'comment');
  });
}

const NUMBER = String.raw`(0x[0-9a-f]+|\d+)`;

/** `mark set V`, and `mark set mark and M or V` in words or signs. */
const NFT_SET = new RegExp(
  String.raw`(?<![\w"])(?<!ct\s+)(?:meta\s+)?mark\s+set\s+(?:${NUMBER}|\(?(?:meta\s+)?mark\s+(?:and|&)\s+${NUMBER}\)?\s+(?:or|\|)\s+${NUMBER})(?=$|[\s;])(?!\s*(?:[|&^<>]|(?:and|or|xor)\b))`,
  'i',
);

function inNft({ file, text, start }: RuleLine, mask: number): readonly Edit[] | undefined {
  const found = NFT_SET.exec(text);
  const value = parseWord(found?.[1] ?? found?.[3] ?? '');
  if (found === null || value === undefined) return undefined;
  // Bits that the rule keeps have no constant value.
  if (mask !== FULL_MASK && ((parseWord(found[2] ?? '0') ?? 0) & mask) !== 0) return undefined;
  const at = start + found.index + found[0].length;
  // A masked merge takes a constant (kernel-facts 3.3); words, since a shell would take | and & for its own.
  const save =
    mask === FULL_MASK
      ? 'ct mark set meta mark'
      : `ct mark set ct mark and ${formatWord(~mask)} or ${formatWord(value & mask)}`;
  return [{ span: { file, start: at, end: at }, text: ` ${save}` }];
}
