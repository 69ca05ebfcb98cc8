import type { LintFile } from './lint-file.ts';

/**
 * What a file says it is the whole of: no machine can have two of the same. Listings of routes, links, sysctls and sets
 * claim nothing, since people keep them in parts.
 */
export function claims({ text, kind }: LintFile): readonly string[] {
  switch (kind.kind) {
    case 'iptables':
      return [...text.matchAll(/^\*([\w-]+)/gm)].map(
        ([, table]) => `${kind.frontend} ${kind.family} ${table}`,
      );
    case 'ip-rules':
      return [`rules ${kind.family}`];
    case 'nft-text':
      return nftClaims(text);
    case 'nft-json':
      return ['nft flush', ...nftJsonTables(text)];
    case 'snapshot':
    case 'site':
      return [kind.kind];
    case 'script':
      return scriptClaims(text);
    default:
      return [];
  }
}

const NFT_TABLE =
  /^[ \t]*(?:(?:add|create)[ \t]+)?table[ \t]+(?:(ip6?|inet|arp|bridge|netdev)[ \t]+)?([\w.-]+)/gm;

function nftClaims(text: string): readonly string[] {
  const tables = [...text.matchAll(NFT_TABLE)].map(([, family = 'ip', name]) => `nft ${family} ${name}`);
  // Who empties the ruleset is the whole of it.
  return /^[ \t]*flush[ \t]+ruleset\b/m.test(text) ? ['nft flush', ...tables] : tables;
}

function nftJsonTables(text: string): readonly string[] {
  const tables = text.matchAll(/"table"\s*:\s*\{[^{}]*?"family"\s*:\s*"(\w+)"[^{}]*?"name"\s*:\s*"([^"]+)"/g);
  return [...tables].map(([, family, name]) => `nft ${family} ${name}`);
}

/** Whatever a script builds it builds from the ground up, so that it is the whole of every table it has rules for. */
function scriptClaims(text: string): readonly string[] {
  const tables = [...text.matchAll(/\s-t[ \t]*["']?(\w+)/g)].map(([, table]) => table);
  const iptables = /\biptables|\$\{?\w*IPT/i.test(text) ? [...tables, 'filter'] : [];
  // Which front end a plain `iptables` is, the machine decides.
  const both = (family: string) => (table: string | undefined) => [
    `iptables-nft ${family} ${table}`,
    `iptables-legacy ${family} ${table}`,
  ];
  return [
    'script',
    ...iptables.flatMap(both('ipv4')),
    ...(/\bip6tables/.test(text) ? [...tables, 'filter'].flatMap(both('ipv6')) : []),
    ...(/\bip\b.*\brule\b/.test(text) ? ['rules ipv4'] : []),
  ];
}
