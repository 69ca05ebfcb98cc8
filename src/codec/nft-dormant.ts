import { nftPieces } from './nft-pieces.ts';
import { tableOf } from './nft-places.ts';

/** nft text without its tables' `flags dormant`, as long as before, and the tables that had it. */
export interface Woken {
  readonly text: string;
  readonly isDormant: (family: string, table: string) => boolean;
}

/** nft 1.0.6 cannot tell in JSON which tables are dormant, and may stop at one (readNftJson). */
export function wakeTables(text: string): Woken {
  const dormant = new Map<string, boolean>();
  let woken = text;
  for (const { words, block } of text.includes('dormant') ? nftPieces(text, 0, text.length) : []) {
    const named = words[0] === 'add' || words[0] === 'create' ? words.slice(1) : words;
    if (named[0] !== 'table') continue;
    const [family, name] = tableOf(named.slice(1));
    const flags = block === undefined ? [] : nftPieces(text, block.start, block.end).filter(isFlag);
    // Naming a table again wakes it.
    dormant.set(`${family} ${name}`, flags.length > 0);
    for (const { start, end } of flags)
      woken = woken.slice(0, start) + ' '.repeat(end - start) + woken.slice(end);
  }
  return { text: woken, isDormant: (family, table) => dormant.get(`${family} ${table}`) === true };
}

function isFlag({ words }: { readonly words: readonly string[] }): boolean {
  return words.join(' ') === 'flags dormant';
}
