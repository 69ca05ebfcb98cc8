import type { Chain, Frontend, Table } from '../../kernel/netfilter.ts';
import { policyRuleWords, routeWords } from '../../kernel/routing-words.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Sources } from '../../net/diagnostic.ts';
import type { Span } from '../../net/span.ts';
import { iptablesLine, nftLine } from './say-rules.ts';

/**
 * The state with every rule, policy rule and route placed in a listing of its own program's kind, named as the command
 * that would print it. What was read from JSON has no better place.
 */
export function placeLive(state: KernelState): { readonly state: KernelState; readonly sources: Sources } {
  const listings = new Listings();
  const tables = state.tables.map((table) => placeTable(listings, table));
  const policyRules = state.policyRules.map((rule) => {
    const file = rule.family === 'ipv6' ? 'ip -6 rule' : 'ip rule';
    return { ...rule, span: listings.line(file, policyRuleWords(rule)) };
  });
  const routes = state.routes.map((route) => {
    const file = route.family === 'ipv6' ? 'ip -6 route show table all' : 'ip route show table all';
    return { ...route, span: listings.line(file, routeWords(route)) };
  });
  return { state: { ...state, tables, policyRules, routes }, sources: listings.texts() };
}

class Listings {
  private readonly parts = new Map<string, { readonly lines: string[]; length: number }>();

  /** Adds a line to a listing; its place without the blanks before it. */
  line(file: string, text: string): Span {
    const listing = this.parts.get(file) ?? { lines: [], length: 0 };
    this.parts.set(file, listing);
    const start = listing.length + text.length - text.trimStart().length;
    const end = listing.length + text.length;
    listing.lines.push(`${text}\n`);
    listing.length = end + 1;
    return { file, start, end };
  }

  texts(): Sources {
    return new Map([...this.parts].map(([file, { lines }]) => [file, lines.join('')]));
  }
}

function placeTable(listings: Listings, table: Table): Table {
  return table.frontend === 'nft' ? placeNft(listings, table) : placeIptables(listings, table);
}

function programOf(frontend: Frontend, { family }: Table): string {
  const stem = family === 'ip6' ? 'ip6tables' : 'iptables';
  return `${stem}-${frontend === 'iptables-legacy' ? 'legacy' : 'nft'}-save`;
}

function placeIptables(listings: Listings, table: Table): Table {
  const file = programOf(table.frontend, table);
  const span = listings.line(file, `*${table.name}`);
  const declared = table.chains.map((chain) => ({
    ...chain,
    span: listings.line(
      file,
      `:${chain.name} ${chain.base === undefined ? '-' : chain.base.policy.toUpperCase()} [0:0]`,
    ),
  }));
  const chains = declared.map((chain) => ({
    ...chain,
    rules: chain.rules.map((rule) => ({
      ...rule,
      span: listings.line(file, iptablesLine(chain, rule)),
    })),
  }));
  listings.line(file, 'COMMIT');
  return { ...table, chains, span };
}

const NFT = 'nft list ruleset';

function placeNft(listings: Listings, table: Table): Table {
  const span = listings.line(NFT, `table ${table.family} ${table.name} {`);
  const sets = table.sets.map((set) => ({
    ...set,
    span: listings.line(NFT, `  ${set.kind} ${set.name} { … }`),
  }));
  const chains = table.chains.map((chain) => placeChain(listings, chain));
  listings.line(NFT, '}');
  return { ...table, sets, chains, span };
}

function placeChain(listings: Listings, chain: Chain): Chain {
  const span = listings.line(NFT, `  chain ${chain.name} {`);
  const { base } = chain;
  if (base !== undefined)
    listings.line(
      NFT,
      `    type ${base.type} hook ${base.hook} priority ${base.priority}; policy ${base.policy};`,
    );
  const rules = chain.rules.map((rule) => ({ ...rule, span: listings.line(NFT, `    ${nftLine(rule)}`) }));
  listings.line(NFT, '  }');
  return { ...chain, rules, span };
}
