/** What a line of `ip -o neigh show`, or of `ip -o monitor neigh`, says of a neighbour. */
export interface NeighbourLine {
  /** As `ip` writes it: `198.51.100.1 dev wan0`. */
  readonly key: string;
  /** known: a link-layer address, which may be old. open: none, as yet or any more. */
  readonly state: 'reachable' | 'failed' | 'known' | 'open';
}

const LINE = /^(Deleted )?(\S+ dev \S+) (.*)$/;

/** Undefined for lines about other things. */
export function parseNeighbourLine(line: string): NeighbourLine | undefined {
  const [, deleted, key, rest = ''] = LINE.exec(line.trimEnd()) ?? [];
  if (key === undefined) return undefined;
  if (deleted !== undefined) return { key, state: 'open' };
  if (/\bREACHABLE$/.test(rest)) return { key, state: 'reachable' };
  if (/\bFAILED$/.test(rest)) return { key, state: 'failed' };
  return { key, state: /\blladdr\b/.test(rest) ? 'known' : 'open' };
}
