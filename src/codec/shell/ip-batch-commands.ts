import type { Span } from '../../net/span.ts';
import type { HereText } from './here-document.ts';

/** A line that `ip -batch` reads. */
export interface BatchCommand {
  readonly words: readonly string[];
  readonly span: Span;
}

/**
 * Read as iproute2 reads them (getcmdline, makeargs): `#` begins a comment wherever it stands, and a line that ends with a
 * backslash goes on in the next.
 */
export function batchCommands({ text, lines }: HereText): readonly BatchCommand[] {
  const commands: BatchCommand[] = [];
  let before = '';
  let from: Span | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const place = lines[at];
    if (place === undefined) break;
    from ??= place;
    const plain = line.replace(/#.*/, '');
    before += plain.replace(/\\$/, ' ');
    if (plain.endsWith('\\') && at + 1 < lines.length) continue;
    const words = before
      .match(/'[^']*'|"[^"]*"|[^\s'"]+/g)
      ?.map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
    if (words !== undefined) commands.push({ words, span: { ...from, end: place.end } });
    before = '';
    from = undefined;
  }
  return commands;
}
