import type { Recognized } from '../../codec/recognize.ts';
import { type Family, familyName } from '../../net/family.ts';

interface Known {
  readonly file: string;
  readonly recognized: Recognized;
}

/**
 * A listing of policy rules without an address says of no family that it is its own. Beside files that are all of one
 * family it is taken as theirs, and a note says so.
 */
export function settleFamily<T extends Known>(
  files: readonly T[],
): { readonly files: readonly T[]; readonly notes: readonly string[] } {
  const families = new Set(files.flatMap(({ recognized }) => saidBy(recognized) ?? []));
  const [family] = families;
  const notes: string[] = [];
  const settled = files.map((one) => {
    const { recognized } = one;
    if (!('unsaid' in recognized) || !recognized.unsaid) return one;
    const taken = families.size === 1 && family !== undefined ? family : recognized.family;
    notes.push(`${one.file} does not say its family: taken as ${familyName(taken)}`);
    return { ...one, recognized: { ...recognized, family: taken } };
  });
  return { files: settled, notes };
}

function saidBy(recognized: Recognized): Family | undefined {
  if (!('family' in recognized)) return undefined;
  return 'unsaid' in recognized && recognized.unsaid ? undefined : recognized.family;
}
