import { commandOf } from '../../codec/interfaces/hooks.ts';
import { ifupdownNames } from '../../codec/interfaces/ifupdown.ts';
import { networkdName } from '../../codec/interfaces/networkd.ts';
import type { HooksKind, LintFile } from './lint-file.ts';
import { netplanNames } from './netplan.ts';

export interface Claims {
  /** No machine can have two of the same. */
  readonly whole: readonly string[];
  /** It adds to these, as others may; who has the whole of one has that in it. */
  readonly parts: readonly string[];
}

/**
 * What a file says it is the whole of, or a part. Listings of routes, links, sysctls and sets claim nothing, since people
 * keep them in parts.
 */
export function claims({ text, kind }: LintFile): Claims {
  return kind.kind === 'hooks'
    ? { whole: interfaceClaims(text, kind), parts: ruleClaims(kind.hooks.map(commandOf).join('\n')) }
    : { whole: wholeClaims(text, kind), parts: [] };
}

function namesIn(text: string, of: Exclude<HooksKind['of'], 'wg-quick'>): readonly string[] {
  switch (of) {
    case 'ifupdown':
      return ifupdownNames(text);
    case 'networkd':
      return [networkdName(text)];
    case 'netplan':
      return netplanNames(text);
  }
}

/** Tunnels of one machine have names that their files do not always tell; those of two have the same hooks. */
function interfaceClaims(text: string, { of, hooks }: HooksKind): readonly string[] {
  if (of === 'wg-quick') return [`hooks ${hooks.map(commandOf).join('\n')}`];
  // What is matched by anything but its name may be any.
  return namesIn(text, of).flatMap((name) => (name === '' ? [] : `interface ${name}`));
}

function wholeClaims(text: string, kind: LintFile['kind']): readonly string[] {
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
      return ['script', ...ruleClaims(text)];
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

/** Whose rules these are, the file itself claims. */
const LOADS_A_FILE = /\bip6?tables(?:-legacy|-nft)?-restore\b(?!.*<<).*/g;

/** What commands make rules for. A script builds from the ground up, so that it is the whole of each such table. */
function ruleClaims(written: string): readonly string[] {
  const text = written.replace(LOADS_A_FILE, '');
  const tables = [...text.matchAll(/\s-t[ \t]*["']?(\w+)/g)].map(([, table]) => table);
  const iptables = /\biptables|\$\{?\w*IPT/i.test(text) ? [...tables, 'filter'] : [];
  // Which front end a plain `iptables` is, the machine decides.
  const both = (family: string) => (table: string | undefined) => [
    `iptables-nft ${family} ${table}`,
    `iptables-legacy ${family} ${table}`,
  ];
  return [
    ...iptables.flatMap(both('ipv4')),
    ...(/\bip6tables/.test(text) ? [...tables, 'filter'].flatMap(both('ipv6')) : []),
    ...(/\bip\b.*\brule\b/.test(text) ? ['rules ipv4'] : []),
  ];
}
