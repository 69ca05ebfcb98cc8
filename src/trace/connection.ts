import type { Tuple } from './path.ts';
import { type Mark, type Term, termKey } from './term.ts';

/** A conntrack entry. Replaced, never changed in place: paths share it. */
export interface Connection {
  readonly id: number;
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly mark: Mark;
  readonly confirmed: boolean;
  /** A reply was seen: what follows is ESTABLISHED. Until then every packet is NEW (kernel-facts 4.5). */
  readonly replied: boolean;
  /** Of a flow that goes on: TCP's when its handshake is over, UDP's after two seconds of it, which nobody can know. */
  readonly assured: boolean | 'unknown';
  /** The nat chains of that side have been asked; they are not asked again (kernel-facts 1.2). */
  readonly natDone: { readonly source: boolean; readonly destination: boolean };
  readonly translated: { readonly source: boolean; readonly destination: boolean };
  /** The interface a masqueraded connection first left by (kernel-facts 6.1). */
  readonly masqueradedBy?: Term;
}

export function invert(tuple: Tuple): Tuple {
  return { saddr: tuple.daddr, daddr: tuple.saddr, sport: tuple.dport, dport: tuple.sport };
}

export function newConnection(id: number, original: Tuple): Connection {
  return {
    id,
    original,
    reply: invert(original),
    mark: 0,
    confirmed: false,
    replied: false,
    assured: false,
    natDone: { source: false, destination: false },
    translated: { source: false, destination: false },
  };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    termKey(a.saddr) === termKey(b.saddr) &&
    termKey(a.daddr) === termKey(b.daddr) &&
    termKey(a.sport) === termKey(b.sport) &&
    termKey(a.dport) === termKey(b.dport)
  );
}
