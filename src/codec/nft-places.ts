import type { Span } from '../net/span.ts';
import { type NftPiece, nftPieces } from './nft-pieces.ts';

/** The text of an included file, by what stands behind `include`; several for a pattern, none when it is not found. */
export type Include = (path: string) => readonly { readonly file: string; readonly text: string }[];

/** Where the rules of each chain stand in nft text, in the order nft lists them. */
export interface NftPlaces {
  readonly rules: (family: string, table: string, chain: string) => readonly Span[];
  readonly chain: (family: string, table: string, chain: string) => Span | undefined;
}

interface Found {
  readonly rules: Map<string, Span[]>;
  readonly chains: Map<string, Span>;
}

/** Only a chain's rules are looked for: everything else is read from the listing nft makes of the text. */
export function nftPlaces(file: string, text: string, include: Include): NftPlaces {
  const found: Found = { rules: new Map(), chains: new Map() };
  walkFile(found, file, text, include, 0);
  const key = (...names: readonly string[]) => names.join(' ');
  return {
    rules: (family, table, chain) => found.rules.get(key(family, table, chain)) ?? [],
    chain: (family, table, chain) => found.chains.get(key(family, table, chain)),
  };
}

/** nft itself ends at 16. */
const MOST_INCLUDES = 16;

function walkFile(found: Found, file: string, text: string, include: Include, depth: number): void {
  if (depth > MOST_INCLUDES) return;
  const scope: Scope = { found, file, include, depth };
  for (const piece of nftPieces(text, 0, text.length)) walkCommand(scope, text, piece);
}

interface Scope {
  readonly found: Found;
  readonly file: string;
  readonly include: Include;
  readonly depth: number;
}

function walkCommand(scope: Scope, text: string, piece: NftPiece): void {
  const words = piece.words[0] === 'add' || piece.words[0] === 'create' ? piece.words.slice(1) : piece.words;
  const [kind] = words;
  if (kind === 'include') {
    for (const one of scope.include(unquote(piece.words[1] ?? '')))
      walkFile(scope.found, one.file, one.text, scope.include, scope.depth + 1);
  } else if (kind === 'table' && piece.block !== undefined) {
    const [family, name] = tableOf(words.slice(1));
    walkTable(scope, text, piece.block, `${family} ${name}`);
  } else if (kind === 'chain' && piece.block !== undefined) {
    const [family, table, rest] = tableOf(words.slice(1));
    walkChain(scope, text, piece, piece.block, `${family} ${table} ${rest[0] ?? ''}`);
  } else if (kind === 'rule' || (kind === 'insert' && words[1] === 'rule')) {
    const [family, table, rest] = tableOf(words.slice(kind === 'rule' ? 1 : 2));
    const list = listOf(scope.found.rules, `${family} ${table} ${rest[0] ?? ''}`);
    const span = { file: scope.file, start: piece.start, end: piece.end };
    if (kind === 'rule') list.push(span);
    else list.unshift(span);
  }
}

const FAMILIES = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

/** `[FAMILY] TABLE …`: without a family it is ip. */
export function tableOf(words: readonly string[]): readonly [string, string, readonly string[]] {
  const [first = '', second = '', ...rest] = words;
  return FAMILIES.has(first) ? [first, second, rest] : ['ip', first, [second, ...rest]];
}

type Block = NonNullable<NftPiece['block']>;

function walkTable(scope: Scope, text: string, block: Block, table: string): void {
  for (const piece of nftPieces(text, block.start, block.end)) {
    const [kind, name] = piece.words;
    if (kind === 'chain' && piece.block !== undefined)
      walkChain(scope, text, piece, piece.block, `${table} ${name ?? ''}`);
    else if (kind === 'include')
      for (const one of scope.include(unquote(name ?? '')))
        walkTable({ ...scope, file: one.file }, one.text, { start: 0, end: one.text.length }, table);
  }
}

/** What stands in a chain beside its rules. */
const NO_RULES = new Set([
  'type',
  'policy',
  'comment',
  'flags',
  'devices',
  'device',
  'define',
  'redefine',
  'undefine',
]);

function walkChain(scope: Scope, text: string, head: NftPiece, block: Block, chain: string): void {
  const list = listOf(scope.found.rules, chain);
  if (!scope.found.chains.has(chain))
    scope.found.chains.set(chain, { file: scope.file, start: head.start, end: block.start });
  for (const piece of nftPieces(text, block.start, block.end)) {
    const [first = '', second] = piece.words;
    if (first === 'include')
      for (const one of scope.include(unquote(second ?? '')))
        walkChain({ ...scope, file: one.file }, one.text, head, { start: 0, end: one.text.length }, chain);
    // `type` opens the declaration of a base chain; no rule begins with it.
    else if (!NO_RULES.has(first)) list.push({ file: scope.file, start: piece.start, end: piece.end });
  }
}

function listOf(map: Map<string, Span[]>, key: string): Span[] {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made: Span[] = [];
  map.set(key, made);
  return made;
}

function unquote(word: string): string {
  return word.replace(/^"|"$/g, '');
}
