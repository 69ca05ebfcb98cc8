import type { PolicyRule, RuleSelector } from '../kernel/routing.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import type { Family } from '../net/family.ts';
import { formatMark, formatWord, hasMark } from '../net/mark.ts';
import { formatPrefix, type Prefix } from '../net/prefix.ts';
import type { Assumptions } from './assumption.ts';
import { prefixStretch } from './operand.ts';
import type { Tuple } from './path.ts';
import { type Answer, decide, isIn, isWord } from './question.ts';
import { type Mark, type Term, termKey } from './term.ts';
import { calculate, unknownBits } from './word.ts';

/**
 * Who asks, which decides what a multipath route is hashed by: the packet that came in, the socket, the re-route in
 * OUTPUT, or a rule that only looks (`back`: at the way to the source; `type`: at what kind of route there is).
 */
export type Asker = 'input' | 'output' | 're-route' | 'look' | 'look back' | 'type';

/** What a lookup asks with. */
export interface RouteQuery {
  readonly family: Family;
  readonly asker: Asker;
  /** Absent: not chosen yet, so no `from` but that of everything matches. */
  readonly saddr: Term | undefined;
  readonly daddr: Term;
  /** The tuple inside an ICMP error. */
  readonly about?: Tuple;
  readonly mark: Mark;
  /** `lo` for what this machine sends. */
  readonly iif: string;
  /** The device a socket is bound to. */
  readonly oif?: string;
  /** The device that policy rules take for it, while routes by others are found as well. */
  readonly oifOfRules?: string;
  readonly dscp: Term;
  readonly protocol: number;
  readonly sport: Term;
  readonly dport: Term;
  /** 0 for what is forwarded (sock_net_uid of no socket). */
  readonly uid: Term;
}

/** What a lookup asks with where the kernel does not look into the packet. */
export const UNREAD = { protocol: 0, sport: 0, dport: 0 } as const;

/** What of a selector is compared, in the kernel's order; the first that fails is the reason. */
type Part = readonly [answer: Answer, reason: string];

/** Whether the selector matches, `not` and all (kernel-facts 5.4), and why not. */
export function matchSelector(
  assumptions: Assumptions,
  rule: PolicyRule,
  query: RouteQuery,
  nameOf: (device: string) => string,
): { readonly answer: Answer; readonly reason: string } {
  const { selector } = rule;
  const failed = firstFailure(selectorParts(assumptions, selector, query, nameOf));
  if (selector.not !== true) return failed ?? { answer: true, reason: '' };
  if (failed === undefined) return { answer: false, reason: 'its selector matches and is inverted' };
  return failed.answer === false ? { answer: true, reason: '' } : failed;
}

function firstFailure(parts: Iterable<Part>) {
  for (const part of parts) {
    const [answer, reason] = part;
    if (answer !== true) return { answer, reason };
  }
  return undefined;
}

function* selectorParts(
  a: Assumptions,
  selector: RuleSelector,
  query: RouteQuery,
  nameOf: (device: string) => string,
): Generator<Part> {
  const { iif, oif, fwmark, from, to, tos, unknown } = selector;
  if (iif !== undefined) yield [nameOf(iif) === query.iif, `iif is ${query.iif}, not ${iif}`];
  if (oif !== undefined)
    yield [nameOf(oif) === (query.oif ?? query.oifOfRules), `the socket is not bound to ${oif}`];
  if (fwmark !== undefined) {
    const word = calculate('&', query.mark, fwmark.mask);
    const text = `mark ${formatMark(fwmark)}`;
    const answer =
      unknownBits(word) === 0 ? compareMark(query.mark, fwmark) : isWord(a, word, fwmark.value, text);
    yield [answer, `the mark ${markText(query.mark)} is not ${formatMark(fwmark)}`];
  }
  if (to !== undefined)
    yield [inPrefix(a, query.daddr, to, 'destination'), `the destination is not in ${formatPrefix(to)}`];
  if (from !== undefined)
    yield [
      query.saddr === undefined ? from.length === 0 : inPrefix(a, query.saddr, from, 'source'),
      `the source is not in ${formatPrefix(from)}`,
    ];
  if (tos !== undefined && tos !== 0) yield [isTos(a, query, tos), `the tos is not ${formatWord(tos)}`];
  yield* transportParts(a, selector, query);
  if (unknown !== undefined) yield [decide(a, unknown, `policy rule ${unknown}`, true), `not ${unknown}`];
}

function compareMark(mark: Mark, wanted: { readonly value: number; readonly mask: number }): boolean {
  if (typeof mark === 'number')
    return hasMark(mark, { ...wanted, value: (wanted.value & wanted.mask) >>> 0 });
  return ((mark.value ^ wanted.value) & wanted.mask) === 0;
}

function markText(mark: Mark): string {
  return typeof mark === 'number' ? formatWord(mark) : 'that is not known';
}

function* transportParts(a: Assumptions, selector: RuleSelector, query: RouteQuery): Generator<Part> {
  const { uidRange, ipProtocol, sourcePort, destinationPort } = selector;
  if (uidRange !== undefined) yield [inSpan(a, query.uid, uidRange, 'uid'), `the user is not in ${uidRange}`];
  if (ipProtocol !== undefined) {
    const number = symbolNumber('inet_proto', ipProtocol) ?? Number(ipProtocol);
    yield [number === query.protocol, `the protocol is not ${ipProtocol}`];
  }
  if (sourcePort !== undefined)
    yield [inSpan(a, query.sport, sourcePort, 'source port'), `the source port is not ${sourcePort}`];
  if (destinationPort !== undefined)
    yield [
      inSpan(a, query.dport, destinationPort, 'destination port'),
      `the destination port is not ${destinationPort}`,
    ];
}

export function inPrefix(a: Assumptions, term: Term, prefix: Prefix, what: string): Answer {
  const stretch = prefixStretch(prefix.address, prefix.length, prefix.family);
  return stretch === undefined ? false : isIn(a, term, stretch, `${what} in ${formatPrefix(prefix)}`);
}

function inSpan(a: Assumptions, term: Term, span: string, what: string): Answer {
  const [from = '', to = from] = span.split('-');
  return isIn(a, term, [Number(from), Number(to)], `${what} in ${span}`);
}

/** The bits of a tos that IPv4 looks at in a packet (INET_DSCP_LEGACY_TOS_MASK); one with others is that of no packet. */
const LEGACY_TOS = 0x1c;

/** Whether a packet has the type of service that a policy rule or a route asks for; IPv6 compares all of it. */
export function isTos(
  a: Assumptions,
  { dscp, family }: Pick<RouteQuery, 'dscp' | 'family'>,
  tos: number,
): Answer {
  if (family === 'ipv4' && (tos & ~LEGACY_TOS) !== 0) return false;
  if (typeof dscp !== 'number')
    return decide(a, `tos ${formatWord(tos)}`, `${termKey(dscp)} tos ${tos}`, true);
  const field = dscp << 2;
  return (family === 'ipv4' ? field & LEGACY_TOS : field) === tos;
}
