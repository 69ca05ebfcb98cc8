/** Beyond it the sets of WANs that can be down at once are too many to try and to read. */
const MOST_FOR_ALL = 8;

/** How many WANs are down together where not all sets are tried. */
const FEW = 2;

/** Every set of WANs that can be down, smaller ones first; of many WANs only those of one and two, and all. */
export function downSets(wans: readonly string[]): {
  readonly sets: readonly (readonly string[])[];
  readonly complete: boolean;
} {
  if (wans.length > MOST_FOR_ALL) return { sets: [...upTo(wans, FEW), [...wans]], complete: false };
  return { sets: upTo(wans, wans.length), complete: true };
}

function upTo(wans: readonly string[], most: number): readonly (readonly string[])[] {
  let layer: readonly (readonly number[])[] = [[]];
  const sets: (readonly number[])[] = [[]];
  for (let size = 1; size <= most; size += 1) {
    layer = layer.flatMap((set) => wans.flatMap((_, at) => (at > (set.at(-1) ?? -1) ? [[...set, at]] : [])));
    sets.push(...layer);
  }
  return sets.map((set) => set.map((at) => wans[at] ?? ''));
}
