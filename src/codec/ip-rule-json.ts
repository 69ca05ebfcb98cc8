import type { PolicyRule, RuleAction, RuleSelector } from '../kernel/routing.ts';
import { addressBits, type Family } from '../net/family.ts';
import { FULL_MASK, type Mark } from '../net/mark.ts';
import { type Prefix, parseAddress } from '../net/prefix.ts';
import { tosNumber } from './ip-names.ts';
import { ipProtocolName } from './ip-protocol.ts';
import { asNumber, asObjects, asString, defined, type JsonObject } from './json-value.ts';
import { realms } from './realms.ts';

/** Keys that became a field of PolicyRule; any other goes to `selector.unknown`. */
const MODELLED = new Set(
  (
    'priority not src srclen dst dstlen fwmark fwmask iif iif_detached oif oif_detached tos ipproto sport sport_start ' +
    'sport_end dport dport_start dport_end uid_start uid_end table suppress_prefixlen suppress_ifgroup goto ' +
    'unresolved nop action protocol realms flow_from flow_to'
  ).split(' '),
);

/** Values of FR_ACT_* that `ip -N` prints as a number, with the names it prints without -N. */
const ACTIONS: Readonly<Record<string, 'unreachable' | 'blackhole' | 'prohibit'>> = {
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
  blackhole: 'blackhole',
  unreachable: 'unreachable',
  prohibit: 'prohibit',
};

/** Reads `ip -N -j -4 rule` or `-6`; entries that are no object are left out. */
export function readPolicyRules(family: Family, json: unknown): readonly PolicyRule[] {
  return asObjects(json).map((entry) => ({
    family,
    priority: asNumber(entry.priority) ?? 0,
    selector: readSelector(family, entry),
    action: readAction(entry),
    // Without -d the listing leaves out 0 and 2 (the kernel's own three rules).
    protocol: asNumber(entry.protocol) ?? 0,
  }));
}

function readSelector(family: Family, entry: JsonObject): RuleSelector {
  return defined({
    not: 'not' in entry ? true : undefined,
    from: readPrefix(family, entry.src, entry.srclen),
    to: readPrefix(family, entry.dst, entry.dstlen),
    fwmark: readMark(entry),
    iif: asString(entry.iif),
    oif: asString(entry.oif),
    tos: tosNumber(entry.tos),
    ipProtocol: readIpProtocol(entry.ipproto),
    sourcePort: readSpan(entry.sport, entry.sport_start, entry.sport_end),
    destinationPort: readSpan(entry.dport, entry.dport_start, entry.dport_end),
    uidRange: readSpan(undefined, entry.uid_start, entry.uid_end),
    unknown: readUnknown(entry),
  });
}

function readPrefix(family: Family, address: unknown, length: unknown): Prefix | undefined {
  const parsed = parseAddress(asString(address) ?? '');
  return parsed && { ...parsed, length: asNumber(length) ?? addressBits(family) };
}

function readMark(entry: JsonObject): Mark | undefined {
  const value = asNumber(entry.fwmark);
  const mask = asNumber(entry.fwmask);
  if (value === undefined && mask === undefined) return undefined;
  return { value: value ?? 0, mask: mask ?? FULL_MASK };
}

/** `ip -N` prints `ipproto-6`. */
function readIpProtocol(json: unknown): string | undefined {
  const text = asString(json);
  return text === undefined ? undefined : ipProtocolName(text.replace(/^ipproto-/, ''));
}

function readSpan(single: unknown, start: unknown, end: unknown): string | undefined {
  const one = asNumber(single);
  if (one !== undefined) return String(one);
  const from = asNumber(start);
  const to = asNumber(end);
  if (from === undefined || to === undefined) return undefined;
  return `${from}-${to}`;
}

/** `l3mdev`, `tun_id 7`, `flow_to 4`: kept as words; an action that is not known belongs here too. */
function readUnknown(entry: JsonObject): string | undefined {
  const words = Object.entries(entry)
    .filter(([key]) => !MODELLED.has(key))
    .map(([key, value]) => (value === null ? key : `${key} ${spell(value)}`));
  if (entry.action !== undefined && ACTIONS[String(entry.action)] === undefined)
    words.push(`action ${spell(entry.action)}`);
  if (entry.tos !== undefined && tosNumber(entry.tos) === undefined) words.push(`tos ${spell(entry.tos)}`);
  return words.length > 0 ? words.join(' ') : undefined;
}

function spell(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readAction(entry: JsonObject): RuleAction {
  if ('nop' in entry) return { kind: 'nop' };
  const target = asNumber(entry.goto);
  if (target !== undefined) return { kind: 'goto', priority: target };
  const action = ACTIONS[String(entry.action)];
  if (action !== undefined) return { kind: action };
  return defined({
    kind: 'lookup' as const,
    table: asNumber(entry.table) ?? 0,
    suppressPrefixLength: asNumber(entry.suppress_prefixlen),
    suppressGroup: asString(entry.suppress_ifgroup),
    realms: asString(entry.realms) ?? realms(entry.flow_from, entry.flow_to),
  });
}
