import type { PolicyRule } from '../kernel/routing.ts';
import type { Diagnostic } from '../net/diagnostic.ts';
import type { Family } from '../net/family.ts';
import { type TableNames, withNumbers } from './ip-names.ts';
import { readPolicyRules } from './ip-rule-json.ts';
import { textLines } from './text-lines.ts';

/** Words whose next word is their value, with the name `ip -j` has for it. */
const VALUES: Readonly<Record<string, string>> = {
  fwmark: 'fwmark',
  iif: 'iif',
  oif: 'oif',
  tos: 'tos',
  dsfield: 'tos',
  ipproto: 'ipproto',
  lookup: 'table',
  table: 'table',
  suppress_prefixlength: 'suppress_prefixlen',
  suppress_ifgroup: 'suppress_ifgroup',
  goto: 'goto',
  proto: 'protocol',
  protocol: 'protocol',
  realms: 'realms',
  tun_id: 'tun_id',
};

const RANGES: Readonly<Record<string, string>> = { sport: 'sport', dport: 'dport', uidrange: 'uid' };

/** FR_ACT_* by name, and by the number that -N prints. */
const ACTIONS: ReadonlySet<string> = new Set(['unreachable', 'blackhole', 'prohibit', '6', '7', '8']);

/** Reads what `ip rule` prints, with or without -d and -N. Every line becomes what `ip -j rule` has for it. */
export function readPolicyRuleText(
  family: Family,
  text: string,
  file: string,
  names: TableNames,
): { readonly policyRules: readonly PolicyRule[]; readonly problems: readonly Diagnostic[] } {
  const policyRules: PolicyRule[] = [];
  const problems: Diagnostic[] = [];
  for (const { line, start, end } of textLines(text)) {
    const span = { file, start, end };
    const entry = readEntry(line);
    if (entry === undefined) problems.push({ message: "this is no line of 'ip rule'", span });
    else
      for (const rule of readPolicyRules(family, withNumbers([entry], names)))
        policyRules.push({ ...rule, span });
  }
  return { policyRules, problems };
}

type Entry = Record<string, unknown>;

function readEntry(line: string): Entry | undefined {
  const [, priority, rest] = /^(\d+):\s+(.*)$/.exec(line) ?? [];
  if (priority === undefined || rest === undefined) return undefined;
  const words = rest.split(/\s+/);
  const entry: Entry = { priority: Number(priority) };
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? '';
    const taken = takeWord(entry, word, words[at + 1]);
    if (taken === 0) return undefined;
    at += taken;
  }
  return entry;
}

/** Puts what a word says into the entry; how many words it took, 0 when a value is missing. */
function takeWord(entry: Entry, word: string, next: string | undefined): number {
  if (word === 'not' || word === 'nop') entry[word] = null;
  else if (word === '[detached]' || word === '[unresolved]') return 1;
  else if (ACTIONS.has(word)) entry.action = word;
  else if (word === 'from' || word === 'to') return takePrefix(entry, word === 'from' ? 'src' : 'dst', next);
  else if (RANGES[word] !== undefined) return takeRange(entry, RANGES[word], next);
  else if (VALUES[word] !== undefined) return takeValue(entry, VALUES[word], next);
  else entry[word] = null;
  return 1;
}

function takePrefix(entry: Entry, name: string, next: string | undefined): number {
  const [address, length] = next?.split('/') ?? [];
  if (address === undefined) return 0;
  entry[name] = address;
  if (length !== undefined) entry[`${name}len`] = Number(length);
  return 2;
}

function takeRange(entry: Entry, name: string, next: string | undefined): number {
  const [from, to] = next?.split('-') ?? [];
  if (from === undefined) return 0;
  if (to === undefined) entry[name] = Number(from);
  else {
    entry[`${name}_start`] = Number(from);
    entry[`${name}_end`] = Number(to);
  }
  return 2;
}

function takeValue(entry: Entry, name: string, next: string | undefined): number {
  if (next === undefined) return 0;
  if (name === 'fwmark') {
    const [value, mask] = next.split('/');
    entry.fwmark = value;
    if (mask !== undefined) entry.fwmask = mask;
  } else if (name === 'table' && next === '[l3mdev-table]') entry.l3mdev = null;
  else entry[name] = next;
  return 2;
}
