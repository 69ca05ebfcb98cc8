import type { Family } from '../net/family.ts';
import { messageOf } from '../net/message-of.ts';
import { asObject, asObjects } from './json-value.ts';
import { familyOfListing, familyOfSave } from './listing-family.ts';
import { firstLine } from './text-lines.ts';

/** What a text is, told from what stands in it and only where that leaves it open from its name. */
export type Recognized =
  | {
      readonly kind: 'snapshot' | 'nft-json' | 'nft-text' | 'ip-links' | 'sysctls' | 'ipsets' | 'table-names';
    }
  | {
      readonly kind: 'iptables';
      readonly family: Family;
      readonly frontend: 'iptables-nft' | 'iptables-legacy';
    }
  /** `unsaid`: nothing in the listing or its name tells the family, and `family` is the likelier one. */
  | {
      readonly kind: 'ip-rules' | 'ip-routes';
      readonly family: Family;
      readonly unsaid: boolean;
      readonly json: boolean;
    }
  /** Nothing was said: the state has none of it. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'unknown'; readonly reason: string };

export function recognize(text: string, file: string): Recognized {
  // A byte order mark counts as blank here.
  const body = text.trimStart();
  if (body === '') return { kind: 'empty' };
  return JSON_BEGINS.test(body) ? recognizeJson(body, file) : recognizeText(body, file);
}

/** What else begins with a bracket is a section of another configuration, or a template: `[Interface]`, `{% if %}`. */
const JSON_BEGINS = /^(?:\{\s*(?:["}]|$)|\[\s*(?:[{["\]\d]|(?:true|false|null)\b|$))/;

/** A snapshot names its maker first; it may be big, so that only its beginning is read here. */
const SNAPSHOT = /^\{\s*"polywan"\s*:/;

function recognizeJson(text: string, file: string): Recognized {
  if (SNAPSHOT.test(text)) return { kind: 'snapshot' };
  if (/^\{\s*"nftables"\s*:/.test(text)) return { kind: 'nft-json' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: 'unknown', reason: messageOf(error) };
  }
  if (asObject(json) !== undefined) return unknown('this JSON is neither a snapshot nor from nft or ip');
  const entries = asObjects(json);
  if (entries.length === 0) return { kind: 'empty' };
  if (entries.some((entry) => 'ifname' in entry)) return { kind: 'ip-links' };
  const kind = entries.some((entry) => 'priority' in entry)
    ? 'ip-rules'
    : entries.some((entry) => 'dst' in entry)
      ? 'ip-routes'
      : undefined;
  if (kind === undefined) return unknown('this JSON is neither a snapshot nor from nft or ip');
  return { kind, ...familyOfListing(kind, text, file), json: true };
}

function unknown(reason: string): Recognized {
  return { kind: 'unknown', reason };
}

const ROUTE =
  /^(?:(?:unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|[1-9])\s+)?(?:default|(?:\d+\.|[0-9a-f]*:[0-9a-f]*:)[0-9a-f.:]*(?:\/\d+)?)(?:\s|$)/i;

const NFT_WORDS =
  /^(?:table\s|define\s|redefine\s|undefine\s|include\s+"|flush\s|(?:add|create|delete|destroy|insert|reset)\s+(?:table|chain|rule|set|map|element|flowtable|counter|quota)\s)/;

/** By the first line that says something. */
const TEXT_KINDS: readonly (readonly [
  RegExp,
  'save' | 'rules' | 'routes' | 'nft-text' | 'sysctls' | 'ipsets' | 'table-names',
])[] = [
  [/^\*[\w-]+$/, 'save'],
  [/^\d+:\s+(?:not\s+)?(?:from|to)\s/, 'rules'],
  [/^(?:create|add)\s+\S+\s+(?:hash|bitmap|list):/, 'ipsets'],
  [/^-?(?:net|kernel|fs|vm|dev|user|abi|debug|sunrpc|crypto)[./][^\s=]+\s*=/, 'sysctls'],
  [NFT_WORDS, 'nft-text'],
  [/^(?:0x[0-9a-f]+|\d+)\s+[A-Za-z_][\w.-]*$/i, 'table-names'],
  [ROUTE, 'routes'],
];

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /^-[APN]\s/,
    "rules without the line '*table' before them (iptables -S): which table they are in is not said; use iptables-save",
  ],
  [/^Chain\s+\S+\s+\(/, 'the listing of iptables -L leaves out what rules match; use iptables-save'],
  // `ip address` and `ip link`, and with -o each address on a line of its own.
  [/^\d+:\s+\S+(?::\s+<|\s+inet6?\s)/, "links and addresses are read as JSON: 'ip -j address'"],
  [/^Name:\s+\S/, "sets are read as 'ipset save' prints them"],
];

function recognizeText(text: string, file: string): Recognized {
  const first = firstLine(text);
  if (first === undefined) return { kind: 'empty' };
  const refused = REFUSED.find(([pattern]) => pattern.test(first));
  if (refused !== undefined) return unknown(refused[1]);
  const kind = TEXT_KINDS.find(([pattern]) => pattern.test(first))?.[1];
  switch (kind) {
    case undefined:
      return unknown(
        'this is none of: snapshot, iptables-save, nft rules or JSON, ip rule, ip route, ip JSON, sysctl, ipset save',
      );
    case 'save':
      return { kind: 'iptables', ...familyOfSave(text, file) };
    case 'rules':
    case 'routes': {
      const listing = kind === 'rules' ? 'ip-rules' : 'ip-routes';
      return { kind: listing, ...familyOfListing(listing, text, file), json: false };
    }
    default:
      return { kind };
  }
}
