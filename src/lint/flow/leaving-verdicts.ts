/** Verdicts that end the base chain for a packet that goes on: a program lets a queue's packets through behind it (kernel-facts 2.6). */
export const ENDS_BASE: ReadonlySet<string | undefined> = new Set(['accept', 'queue']);

/** Verdicts that keep a packet from the rules behind and let it go on. */
export const LEAVES: ReadonlySet<string | undefined> = new Set([...ENDS_BASE, 'return', 'goto']);
