import type { Chain, Table } from '../kernel/netfilter.ts';

/** Itself or by a chain that it calls; which of them it calls is not looked at. */
export function changesPackets(table: Table, chain: Chain): boolean {
  const calls = chain.rules.some(({ statements }) =>
    statements.some(({ kind }) => kind === 'verdict' || kind === 'vmap'),
  );
  const chains = calls ? table.chains.filter((one) => one === chain || one.base === undefined) : [chain];
  return chains.some(({ rules }) => rules.some(({ statements }) => statements.some(changes)));
}

function changes({ kind }: { readonly kind: string }): boolean {
  switch (kind) {
    case 'match':
    case 'unknown-match':
    case 'verdict':
    case 'vmap':
    case 'reject':
    case 'counter':
    case 'inert':
      return false;
    default:
      return true;
  }
}

export function dropsPackets(table: Table, chain: Chain): boolean {
  if (chain.base?.policy === 'drop') return true;
  const called = table.chains.filter((one) => one.base === undefined);
  return [chain, ...called].some(({ rules }) =>
    rules.some(({ statements }) =>
      statements.some(
        (statement) =>
          statement.kind === 'reject' ||
          statement.kind === 'vmap' ||
          (statement.kind === 'verdict' && statement.verdict.kind === 'drop'),
      ),
    ),
  );
}
