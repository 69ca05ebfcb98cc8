import type { Sources } from '../../net/diagnostic.ts';
import { FULL_MASK, formatWord, parseMark, parseWord } from '../../net/mark.ts';
import type { Span } from '../../net/span.ts';
import type { Edit } from '../finding.ts';
import { indexOfWord, type RuleLine, ruleLine } from './rule-words.ts';

/**
 * Makes a rule that writes the whole mark write the bits of `mask` alone: `--set-mark V` becomes `--set-xmark V/M`,
 * nft's `mark set V` becomes `mark set mark and ~M or V`; for connmarks as well. Undefined where the value has bits
 * outside of the mask, or is no plain number.
 */
export function setMask(sources: Sources, span: Span, mask: number): readonly Edit[] | undefined {
  const line = ruleLine(sources, span);
  return line === undefined ? undefined : (inIptables(line, mask) ?? inNft(line, mask));
}

function inIptables({ file, words }: RuleLine, mask: number): readonly Edit[] | undefined {
  const at = indexOfWord(words, '--set-mark', '--set-xmark');
  const option = words[at];
  const operand = words[at + 1];
  const mark = parseMark(operand?.text ?? '');
  if (option === undefined || operand === undefined || mark === undefined) return undefined;
  if (mark.mask !== FULL_MASK || !fits(mark.value, mask)) return undefined;
  const text = `--set-xmark ${formatWord(mark.value)}/${formatWord(mask)}`;
  return [{ span: { file, start: option.start, end: operand.end }, text }];
}

const NFT_SET =
  /(?<![\w"])((meta|ct)\s+mark|mark)\s+set\s+(0x[0-9a-f]+|\d+)(?=$|[\s;])(?!\s*(?:[|&^<>]|(?:and|or|xor)\b))/i;

function inNft({ file, text, start }: RuleLine, mask: number): readonly Edit[] | undefined {
  const found = NFT_SET.exec(text);
  const value = parseWord(found?.[3] ?? '');
  if (found === null || value === undefined || !fits(value, mask)) return undefined;
  const from = start + found.index;
  // The words and, or: a shell would take | and & for its own.
  const kept = `${found[1]} and ${formatWord(~mask)}`;
  const merged = `${found[1]} set ${kept} or ${formatWord(value)}`;
  return [{ span: { file, start: from, end: from + found[0].length }, text: merged }];
}

function fits(value: number, mask: number): boolean {
  return (value & ~mask) === 0;
}
