import type { Family } from '../net/family.ts';
import { parseMark } from '../net/mark.ts';
import { maskLength, parseAddress, parsePrefix } from '../net/prefix.ts';

/** A word of `ip rule add`, with what stands behind it. */
interface Word {
  /** As listings have it. */
  readonly name: string;
  readonly behind: 'nothing' | 'value' | 'prefix' | 'mark';
}

/** iproute2 takes some of its words by any beginning, and others whole alone (ip/iprule.c, in the order it asks). */
const WORDS: readonly (readonly [written: RegExp, word: Word])[] = [
  word('not', 'nothing', 'not'),
  word('from', 'prefix', 'from'),
  word('to', 'prefix', 'to'),
  word('pref', 'value', begins('preference'), begins('order'), begins('priority')),
  word('tos', 'value', 'tos', begins('dsfield')),
  word('fwmark', 'mark', 'fwmark'),
  word('realms', 'value', begins('realms')),
  word('protocol', 'value', begins('protocol')),
  word('tun_id', 'value', begins('tun_id')),
  word('lookup', 'value', begins('table'), 'lookup'),
  word('suppress_prefixlength', 'value', begins('suppress_prefixlength'), 'sup_pl'),
  word('suppress_ifgroup', 'value', begins('suppress_ifgroup'), 'sup_group'),
  word('iif', 'value', 'dev', 'iif'),
  word('oif', 'value', 'oif'),
  word('l3mdev', 'nothing', 'l3mdev'),
  word('uidrange', 'value', 'uidrange'),
  word('nat', 'value', 'nat', begins('map-to')),
  word('ipproto', 'value', 'ipproto'),
  word('sport', 'value', 'sport'),
  word('dport', 'value', 'dport'),
  word('dscp', 'value', 'dscp'),
  word('flowlabel', 'value', 'flowlabel'),
  word('goto', 'value', begins('goto')),
  word('nop', 'nothing', begins('nop')),
];

function word(name: string, behind: Word['behind'], ...written: readonly string[]) {
  return [new RegExp(`^(?:${written.join('|')})$`), { name, behind }] as const;
}

/** Of the pattern `abc` what `a(?:b(?:c)?)?` says: the word or any beginning of it. */
function begins(whole: string): string {
  const [first = '', ...rest] = whole;
  return first + rest.reduceRight((inner, sign) => `(?:${sign}${inner})?`, '');
}

/** Types of routes that a rule may be of, by name and by number (rtnetlink). `unicast` is what it is anyway. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['unicast', ''],
  ['blackhole', 'blackhole'],
  ['unreachable', 'unreachable'],
  ['prohibit', 'prohibit'],
  ['6', 'blackhole'],
  ['7', 'unreachable'],
  ['8', 'prohibit'],
]);

/** The words of `ip rule add` as listings have them, each with its value; a sentence when ip refuses them. */
export function fullRuleWords(family: Family, words: readonly string[]): readonly string[] | string {
  const full: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === 'type') at += 1;
    const written = words[at] ?? 'type';
    const known = WORDS.find(([pattern]) => pattern.test(written))?.[1];
    if (known === undefined) {
      const type = TYPES.get(written);
      if (type === undefined) return `'${written}' is no word of 'ip rule add'`;
      if (type !== '') full.push(type);
      continue;
    }
    full.push(known.name);
    if (known.behind === 'nothing') continue;
    at += 1;
    const value = words[at];
    if (value === undefined) return `'${written}' needs a value`;
    if (known.behind === 'mark' && parseMark(value) === undefined) return `'${value}' is no mark`;
    const read = known.behind === 'prefix' ? readPrefix(value, family) : value;
    if (read === undefined) return `'${value}' is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`;
    full.push(read);
  }
  return full;
}

function readPrefix(text: string, family: Family): string | undefined {
  if (/^(?:all|any|default)$/.test(text)) return 'all';
  const [, address = '', mask = ''] = /^([^/]*)\/(.*)$/.exec(text) ?? [];
  const netmask = parseAddress(mask);
  const length = netmask === undefined ? undefined : maskLength(netmask);
  const prefix = fullPrefix(length === undefined ? text : `${address}/${length}`);
  const parsed = parsePrefix(prefix);
  if (parsed?.family !== family) return undefined;
  return parsed.length === 0 ? 'all' : prefix;
}

/** `0/0`, `10.1/16` and `10.1`: iproute2 takes the bytes that are left out as 0. */
export function fullPrefix(text: string): string {
  const [, bytes, length] = /^(\d+(?:\.\d+){0,2})(?:\/(\d+))?$/.exec(text) ?? [];
  if (bytes === undefined) return text;
  const all = bytes.split('.');
  const address = [...all, ...Array<string>(4 - all.length).fill('0')].join('.');
  return length === undefined ? address : `${address}/${length}`;
}
