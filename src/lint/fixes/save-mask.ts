import type { Sources } from '../../net/diagnostic.ts';
import { formatWord } from '../../net/mark.ts';
import type { Span } from '../../net/span.ts';
import type { Edit } from '../finding.ts';
import { indexOfWord, ruleLine } from './rule-words.ts';

/**
 * Makes `CONNMARK --save-mark` or `--restore-mark` move the bits of `mask` alone, whatever masks it had. Undefined for
 * nft: it has no masked merge of two marks (kernel-facts 3.3).
 */
export function saveMask(sources: Sources, span: Span, mask: number): readonly Edit[] | undefined {
  const line = ruleLine(sources, span);
  const at = line === undefined ? -1 : indexOfWord(line.words, '--save-mark', '--restore-mark');
  const option = line?.words[at];
  if (line === undefined || option === undefined) return undefined;
  const masks = maskWords(line.words.map(({ text }) => text));
  // Masks that stand elsewhere in the rule: too unusual to be cured blindly.
  if (masks.length > 0 && masks.some((each, index) => each !== at + 1 + index)) return undefined;
  const last = line.words[at + masks.length] ?? option;
  const word = formatWord(mask);
  const text = `${option.text} --nfmask ${word} --ctmask ${word}`;
  return [{ span: { file: line.file, start: option.start, end: last.end }, text }];
}

/** Indexes of mask options and their values. */
function maskWords(words: readonly string[]): readonly number[] {
  return words.flatMap((word, at) =>
    /^--(?:nf|ct)?mask$/.test(word) && at + 1 < words.length ? [at, at + 1] : [],
  );
}
