/**
 * Verdicts that end the base chain and let the packet go on behind it: there a program lets the packets of a queue through
 * (kernel-facts 2.6).
 */
export const ENDS_BASE: ReadonlySet<string | undefined> = new Set(['accept', 'queue']);

/** Verdicts with which a packet skips the rules behind and goes on. */
export const LEAVES: ReadonlySet<string | undefined> = new Set([...ENDS_BASE, 'return', 'goto']);
