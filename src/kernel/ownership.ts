import type { Chain, Table } from './netfilter.ts';
import type { PolicyRule, Route } from './routing.ts';
import type { KernelState, OwnedFile } from './state.ts';
import { isForeignTableNames } from './table-names.ts';

/** polywan's tag on routes and policy rules: a number no routing daemon has registered in rt_protos. */
export const OWN_PROTOCOL = 87;

/** The one nft table polywan owns, in family inet. */
export const OWN_NFT_TABLE = 'polywan';

/** Prefix of every iptables chain and ipset polywan owns. Chain names end at 28 characters, ipset names at 31. */
export const OWN_CHAIN_PREFIX = 'polywan-';

/** First line of every file polywan writes. */
export const OWN_FILE_HEADER = '# Written by polywan from the site; `polywan remove` takes it away.\n';

/** Of files that have a name of polywan's: one of nothing is nobody's, as is what its owner has emptied. */
export function isOwnFile({ text }: OwnedFile): boolean {
  return text.trim() === '' || text.startsWith(OWN_FILE_HEADER);
}

export function isOwnRule(rule: PolicyRule): boolean {
  return rule.protocol === OWN_PROTOCOL;
}

export function isOwnRoute(route: Route): boolean {
  return route.protocol === OWN_PROTOCOL;
}

/** Of iptables: by its name. Any other chain, builtin or not, is somebody else's, whatever it jumps to. */
export function isOwnChain(chain: Chain): boolean {
  return chain.name.startsWith(OWN_CHAIN_PREFIX);
}

/** The one of nftables. */
export function isOwnTable({ frontend, family, name }: Table): boolean {
  return frontend === 'nft' && family === 'inet' && name === OWN_NFT_TABLE;
}

/**
 * The part of a table that is polywan's: the nft table whole; of an iptables table its prefixed chains, and of each
 * other chain only the rules that go to one of them. Undefined when nothing of it is.
 */
export function ownPart(table: Table): Table | undefined {
  if (table.frontend === 'nft') return isOwnTable(table) ? table : undefined;
  const chains = table.chains.flatMap((chain) => {
    if (isOwnChain(chain)) return [chain];
    const rules = chain.rules.filter((rule) =>
      rule.statements.some(
        (statement) =>
          statement.kind === 'verdict' &&
          (statement.verdict.kind === 'jump' || statement.verdict.kind === 'goto') &&
          statement.verdict.chain.startsWith(OWN_CHAIN_PREFIX),
      ),
    );
    return rules.length > 0 ? [{ ...chain, rules }] : [];
  });
  return chains.length > 0 ? { ...table, chains, sets: [] } : undefined;
}

/**
 * The part of a state that polywan owns by tag, table or prefix: no links and addresses. Sysctls are known from the journal
 * instead; of the files that are read, those in which other programs name tables and what others wrote are left out.
 */
export function ownState(state: KernelState): KernelState {
  return {
    ...state,
    links: [],
    addresses: [],
    policyRules: state.policyRules.filter(isOwnRule),
    routes: state.routes.filter(isOwnRoute),
    tables: state.tables.flatMap((table) => ownPart(table) ?? []),
    ipsets: state.ipsets.filter((set) => set.name.startsWith(OWN_CHAIN_PREFIX)),
    files: state.files.filter((file) => !isForeignTableNames(file) && isOwnFile(file)),
  };
}
