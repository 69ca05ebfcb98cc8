/** A base chain and its rules, each a list of expressions as nft(8) has them in JSON. */
export interface NftChain {
  readonly hook: string;
  readonly priority: number;
  readonly type?: 'filter' | 'nat';
  readonly rules: readonly (readonly unknown[])[];
}

/** What `nft -j list ruleset` prints of a machine with one table of this family; its chains are called like their hooks. */
export function nftRuleset(family: string, ...chains: readonly NftChain[]): string {
  const table = 'fw';
  return JSON.stringify({
    nftables: [
      { table: { family, name: table } },
      ...chains.map(({ hook, priority, type = 'filter' }) => ({
        chain: { family, table, name: hook, type, hook, prio: priority, policy: 'accept' },
      })),
      ...chains.flatMap(({ hook, rules }) =>
        rules.map((expr) => ({ rule: { family, table, chain: hook, expr } })),
      ),
    ],
  });
}

export function match(left: unknown, right: unknown): unknown {
  return { match: { op: '==', left, right } };
}

export function meta(key: string): unknown {
  return { meta: { key } };
}

export function payload(protocol: string, field: string): unknown {
  return { payload: { protocol, field } };
}
