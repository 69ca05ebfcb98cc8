import type { Chain, NetfilterFamily, Rule, Table } from '../kernel/netfilter.ts';
import { messageOf } from '../net/message-of.ts';
import type { Span } from '../net/span.ts';
import { objectSpans } from './json-spans.ts';
import { asList, asObject, asString, defined, type JsonObject, withoutMembers } from './json-value.ts';
import { readChain, readSet } from './nft-json-object.ts';
import { readStatement } from './nft-json-statement.ts';

export interface NftListing {
  readonly tables: readonly Table[];
  readonly problems: readonly string[];
  /** nft ended the text in its midst: the last table is all that is known of it and of those behind it. */
  readonly cut?: true;
}

const FAMILIES: readonly NetfilterFamily[] = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];

/** A table while its objects arrive one after the other. */
interface Draft {
  head: Pick<Table, 'family' | 'name' | 'dormant' | 'span'>;
  readonly chains: { readonly chain: Chain; readonly rules: Rule[] }[];
  readonly sets: Table['sets'][number][];
  readonly others: string[];
}

/**
 * Reads `nft -j list ruleset` or `list table`, or a file of nft JSON whose commands only add. With `file`, tables,
 * chains, sets and rules know their place in the text. What is wrong is told, and the rest is read.
 */
export function readNftJson(text: string, file?: string): NftListing {
  const problems: string[] = [];
  const whole = withFlags(text);
  const cut = whole !== text;
  if (cut) problems.push('nft ended this listing at a table that is dormant: what follows is not in it');
  const items = parseItems(whole, problems);
  const spans = file === undefined ? [] : objectSpans(text, 2);
  const drafts: Draft[] = [];
  for (const [at, item] of items.entries()) {
    const place = spans[at];
    const span = file === undefined || place === undefined ? undefined : { file, ...place };
    const problem = readItem(drafts, item, span);
    if (problem !== undefined) problems.push(problem);
  }
  return { tables: drafts.map(finish), problems, ...(cut ? { cut } : {}) };
}

/**
 * nft 1.0.6 reads a table's flags from a place in its memory that is something else's. Where no text is there, its
 * output ends before it.
 */
function withFlags(text: string): string {
  return /"flags":\s*$/.test(text) ? `${text}"dormant"}}]}` : text;
}

function parseItems(text: string, problems: string[]): readonly unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    problems.push(`not JSON: ${messageOf(error)}`);
    return [];
  }
  const items = asObject(json)?.nftables;
  if (Array.isArray(items)) return items;
  problems.push('no "nftables" list: this is not the JSON of nft');
  return [];
}

/** Undefined when all is well, or what is wrong. */
function readItem(drafts: Draft[], item: unknown, span: Span | undefined): string | undefined {
  const wrapper = asObject(item) ?? {};
  const command = asObject(wrapper.add) ?? asObject(wrapper.create) ?? wrapper;
  const [kind] = Object.keys(command);
  const body = asObject(command[kind ?? '']);
  if (kind === undefined || body === undefined) return `not an nft object: ${shorten(item)}`;
  switch (kind) {
    case 'metainfo':
      return undefined;
    case 'flush':
      // A file of commands usually begins so; later it would take back what was read.
      if ('ruleset' in body && drafts.length === 0) return undefined;
      return `nft command that is not followed: ${shorten(item)}`;
    case 'table':
      return addTable(drafts, body, span);
    case 'delete':
    case 'insert':
    case 'replace':
    case 'rename':
    case 'reset':
    case 'list':
      return `nft command that is not followed: ${shorten(item)}`;
    default:
      return addObject(drafts, kind, body, span);
  }
}

function addTable(drafts: Draft[], body: JsonObject, span: Span | undefined): string | undefined {
  const family = FAMILIES.find((one) => one === body.family);
  const name = asString(body.name);
  if (family === undefined || name === undefined) return `table without family or name: ${shorten(body)}`;
  const dormant = isDormant(body) ? (true as const) : undefined;
  const known = drafts.find(({ head }) => head.family === family && head.name === name);
  // Naming a table again wakes it, or puts it to sleep.
  if (known !== undefined) known.head = defined({ family, name, dormant, span: known.head.span });
  else drafts.push({ head: defined({ family, name, dormant, span }), chains: [], sets: [], others: [] });
  return undefined;
}

/** The flags of a table that do not keep it from packets. What is no flag is nft 1.0.6's word for a dormant one. */
const AWAKE: ReadonlySet<string> = new Set(['owner', 'persist']);

function isDormant({ flags }: JsonObject): boolean {
  return asList(flags).some((flag) => !AWAKE.has(String(flag)));
}

function addObject(
  drafts: Draft[],
  kind: string,
  body: JsonObject,
  span: Span | undefined,
): string | undefined {
  const draft = drafts.find(({ head }) => head.family === body.family && head.name === body.table);
  if (draft === undefined) return `${kind} of a table that is not listed: ${shorten(body)}`;
  switch (kind) {
    case 'chain':
      return addChain(draft, body, span);
    case 'rule':
      return addRule(draft, body, span);
    case 'set':
    case 'map':
      draft.sets.push(defined({ ...readSet(kind, body), span }));
      return undefined;
    default:
      // Its handle and what it has counted differ from listing to listing.
      draft.others.push(JSON.stringify({ [kind]: withoutMembers(body, ['handle', 'packets', 'used']) }));
      return undefined;
  }
}

function addChain(draft: Draft, body: JsonObject, span: Span | undefined): string | undefined {
  const chain = readChain(body);
  if (chain === undefined) return `chain that cannot be read: ${shorten(body)}`;
  draft.chains.push({ chain: defined({ ...chain, span }), rules: [] });
  return undefined;
}

function addRule(draft: Draft, body: JsonObject, span: Span | undefined): string | undefined {
  const target = draft.chains.find(({ chain }) => chain.name === body.chain);
  if (target === undefined) return `rule of a chain that is not listed: ${shorten(body)}`;
  const statements = asList(body.expr).flatMap(readStatement);
  target.rules.push(defined({ statements, comment: asString(body.comment), span }));
  return undefined;
}

function finish({ head, chains, sets, others }: Draft): Table {
  return defined({
    frontend: 'nft' as const,
    ...head,
    chains: chains.map(({ chain, rules }) => ({ ...chain, rules })),
    sets,
    others: others.length > 0 ? others : undefined,
  });
}

function shorten(json: unknown): string {
  const text = JSON.stringify(json) ?? 'null';
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
