import type { RecordedWan } from './entry.ts';

/** What a line depends on: the WANs of the last start, and the time of the last entry. */
export interface Place {
  readonly at: number;
  readonly wans: readonly RecordedWan[];
}

/** A time after the one before; after a clock that went back, a negative one. */
export function writeNumber(value: number): string {
  return Math.round(value).toString(36);
}

export function readNumber(word: string | undefined): number {
  return word !== undefined && /^-?[0-9a-z]+$/.test(word) ? Number.parseInt(word, 36) : Number.NaN;
}

/** WANs by their place in the start. */
export function writeWan({ wans }: Place, name: string): string | undefined {
  const at = wans.findIndex((wan) => wan.name === name);
  return at === -1 ? undefined : writeNumber(at);
}

export function readWan({ wans }: Place, word: string | undefined): string | undefined {
  return wans[readNumber(word)]?.name;
}

/** Probes by their place among those of all WANs. */
export function writeProbe({ wans }: Place, name: string, probe: number): string | undefined {
  let before = 0;
  for (const wan of wans) {
    if (wan.name === name) return probe < wan.probes.length ? writeNumber(before + probe) : undefined;
    before += wan.probes.length;
  }
  return undefined;
}

export function readProbe(
  { wans }: Place,
  word: string | undefined,
): { readonly wan: string; readonly probe: number } | undefined {
  let probe = readNumber(word);
  for (const wan of wans) {
    if (probe < wan.probes.length) return { wan: wan.name, probe };
    probe -= wan.probes.length;
  }
  return undefined;
}
