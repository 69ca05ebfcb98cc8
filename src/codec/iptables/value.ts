import { anonymousSet, type Expression, number, string } from '../../kernel/expression.ts';
import { parseWord } from '../../net/mark.ts';
import { writeAddress } from './address.ts';
import type { Scope } from './extension.ts';

/** How the argument of an option is read to the right side of a match, and said again. */
export interface ValueForm {
  readonly read: (text: string, scope: Scope) => Expression | undefined;
  readonly write: (value: Expression) => string | undefined;
}

/** Services people write by name; iptables-save prints numbers. */
// biome-ignore format: a table reads better in rows
const SERVICES: Readonly<Record<string, number>> = {
  ftp: 21, ssh: 22, telnet: 23, smtp: 25, domain: 53, bootps: 67, bootpc: 68, tftp: 69, http: 80, www: 80, pop3: 110,
  sunrpc: 111, ntp: 123, 'netbios-ns': 137, 'netbios-dgm': 138, 'netbios-ssn': 139, imap2: 143, imap: 143, snmp: 161,
  https: 443, 'microsoft-ds': 445, isakmp: 500, syslog: 514, submission: 587, imaps: 993, pop3s: 995, openvpn: 1194,
  'ipsec-nat-t': 4500, mdns: 5353, sip: 5060,
};

/** Ports, lengths and the like are 16 bit. */
const MAX_16_BIT = 0xffff;

function readNumber(text: string, most: number): number | undefined {
  const value = parseWord(text);
  return value === undefined || value > most ? undefined : value;
}

function readPort(text: string): number | undefined {
  return SERVICES[text] ?? readNumber(text, MAX_16_BIT);
}

function readRange(
  text: string,
  separator: string,
  most: number,
  readOne: (text: string) => number | undefined,
): Expression | undefined {
  const cut = text.indexOf(separator);
  if (cut === -1) {
    const one = readOne(text);
    return one === undefined ? undefined : number(one);
  }
  const from = cut === 0 ? 0 : readOne(text.slice(0, cut));
  const to = cut === text.length - 1 ? most : readOne(text.slice(cut + 1));
  if (from === undefined || to === undefined) return undefined;
  return from === to ? number(from) : { kind: 'range', from: number(from), to: number(to) };
}

export function writeNumbers(value: Expression, separator: string): string | undefined {
  if (value.kind === 'number') return String(value.value);
  if (value.kind !== 'range' || value.from.kind !== 'number' || value.to.kind !== 'number') return undefined;
  return `${value.from.value}${separator}${value.to.value}`;
}

/** `443`, `8000:8100`, `:1023`, `https`. */
export const PORT: ValueForm = {
  read: (text) => readRange(text, ':', MAX_16_BIT, readPort),
  write: (value) => writeNumbers(value, ':'),
};

/** A number or range up to `most` with its separator: `--length 100:200`, `--uid-owner 1000-1999`. */
export function numberRange(separator: ':' | '-', most: number): ValueForm {
  return {
    read: (text) => readRange(text, separator, most, (part) => readNumber(part, most)),
    write: (value) => writeNumbers(value, separator),
  };
}

/** One number up to `most`, decimal or hexadecimal. */
export function plainNumber(most: number): ValueForm {
  return {
    read: (text) => {
      const value = readNumber(text, most);
      return value === undefined ? undefined : number(value);
    },
    write: (value) => (value.kind === 'number' ? String(value.value) : undefined),
  };
}

/** Takes 15 entries at most, a range counting as two (XT_MULTI_PORTS). */
const MULTIPORT_SLOTS = 15;

/** `80,443,8000:8100`: always a set, so that it is told from the single port of `--dport`. */
export const PORT_LIST: ValueForm = {
  read: (text, scope) => {
    const keys = text.split(',').map((part) => PORT.read(part, scope));
    const known = keys.filter((key) => key !== undefined);
    return known.length === keys.length ? anonymousSet(known) : undefined;
  },
  write: (value) => {
    if (value.kind !== 'set') return undefined;
    const parts = value.elements.map((element) => PORT.write(element.key));
    const slots = parts.reduce((sum, part) => sum + (part?.includes(':') ? 2 : 1), 0);
    return parts.includes(undefined) || slots > MULTIPORT_SLOTS ? undefined : parts.join(',');
  },
};

/** Any word, kept as it is. */
export const WORD: ValueForm = {
  read: (text) => string(text),
  write: (value) => (value.kind === 'string' ? value.value : undefined),
};

/** `a-b`, addresses. */
export const ADDRESS_RANGE: ValueForm = {
  read: (text) => {
    const [from = '', to = from] = text.split('-');
    const ends = [string(from), string(to)] as const;
    if (ends.some((end) => writeAddress(end) === undefined)) return undefined;
    return { kind: 'range', from: ends[0], to: ends[1] };
  },
  write: (value) => {
    if (value.kind !== 'range') return undefined;
    const from = writeAddress(value.from);
    const to = writeAddress(value.to);
    return from === undefined || to === undefined ? undefined : `${from}-${to}`;
  },
};

/** Names joined by commas, each with nft's word for it. One name is a string, several a set in the table's order. */
export function nameList(words: Readonly<Record<string, string>>): ValueForm {
  const order = Object.keys(words);
  const backward = new Map(Object.entries(words).map(([ours, nft]) => [nft, ours]));
  return {
    read: (text) => {
      const names = text.split(',').map((name) => name.toUpperCase());
      if (names.some((name) => words[name] === undefined)) return undefined;
      const keys = order.filter((name) => names.includes(name)).map((name) => string(words[name] ?? name));
      return keys.length === 1 ? keys[0] : anonymousSet(keys);
    },
    write: (value) => {
      const keys = value.kind === 'set' ? value.elements.map((element) => element.key) : [value];
      const names = keys.map((key) => (key.kind === 'string' ? backward.get(key.value) : undefined));
      return names.includes(undefined) ? undefined : names.join(',');
    },
  };
}
