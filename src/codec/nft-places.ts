import type { Span } from '../net/span.ts';
import { type NftPiece, nftPieces } from './nft-pieces.ts';

/** The text of an included file, by what stands behind `include`; several for a pattern, none when it is not found. */
export type Include = (path: string) => readonly { readonly file: string; readonly text: string }[];

/** Where the rules of each chain stand in nft text, in the order nft lists them; none where that is not sure. */
export interface NftPlaces {
  readonly rules: (family: string, table: string, chain: string) => readonly Span[];
  readonly chain: (family: string, table: string, chain: string) => Span | undefined;
}

interface Found {
  readonly rules: Map<string, Span[]>;
  readonly chains: Map<string, Span>;
  /** Chains whose rules are named by handles, which only the kernel gives. */
  readonly unsure: Set<string>;
  /** Chains that lost rules: an index of the same file still counts those (nft 1.0.6). */
  readonly emptied: Set<string>;
}

/** Only a chain's rules are looked for: everything else is read from the listing nft makes of the text. */
export function nftPlaces(file: string, text: string, include: Include): NftPlaces {
  const found: Found = { rules: new Map(), chains: new Map(), unsure: new Set(), emptied: new Set() };
  walkFile(found, file, text, include, 0);
  const key = (...names: readonly string[]) => names.join(' ');
  return {
    rules: (family, table, chain) => {
      const name = key(family, table, chain);
      return found.unsure.has(name) ? [] : (found.rules.get(name) ?? []);
    },
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
  } else if (kind === 'rule') walkRule(scope, piece, 'add', words.slice(1));
  else if (words[1] === 'rule') walkRule(scope, piece, kind ?? '', words.slice(2));
  else if (kind === 'flush' || kind === 'delete' || kind === 'destroy')
    forget(scope.found, kind === 'flush', words.slice(1));
}

/** `add rule`, `insert rule`, and those that name a rule by its handle. */
function walkRule({ found, file }: Scope, piece: NftPiece, verb: string, words: readonly string[]): void {
  const [family, table, [chain = '', where, number]] = tableOf(words);
  const key = `${family} ${table} ${chain}`;
  const list = listOf(found.rules, key);
  const isInsert = verb === 'insert';
  const isByHandle = (verb !== 'add' && !isInsert) || where === 'position' || where === 'handle';
  if (isByHandle || (where === 'index' && found.emptied.has(key))) found.unsure.add(key);
  // It is added behind the rule of this index, and inserted before it.
  const behind = where === 'index' ? Number(number) + 1 : list.length;
  const before = where === 'index' ? Number(number) : 0;
  list.splice(isInsert ? before : behind, 0, { file, start: piece.start, end: piece.end });
}

/** `flush` leaves the chains that it empties. */
function forget(
  { rules, chains, unsure, emptied }: Found,
  keepsChains: boolean,
  [kind, ...words]: readonly string[],
): void {
  if (kind !== 'ruleset' && kind !== 'table' && kind !== 'chain') return;
  const [family, table, [chain = '']] = tableOf(words);
  const isMeant = (key: string) =>
    kind === 'ruleset'
      ? words[0] === undefined || key.startsWith(`${words[0]} `)
      : kind === 'table'
        ? key.startsWith(`${family} ${table} `)
        : key === `${family} ${table} ${chain}`;
  const isGone = !keepsChains || kind === 'ruleset';
  for (const key of new Set([...rules.keys(), ...chains.keys()])) {
    if (!isMeant(key)) continue;
    if ((rules.get(key)?.length ?? 0) > 0) emptied.add(key);
    rules.delete(key);
    unsure.delete(key);
    if (isGone) chains.delete(key);
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
