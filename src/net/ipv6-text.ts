/** The eight groups of an IPv6 address written in hexadecimal alone, or undefined. */
export function readGroups(text: string): readonly number[] | undefined {
  const gap = text.indexOf('::');
  if (gap === -1) return groupsOf(text, 8);
  const head = gap === 0 ? [] : groupsOf(text.slice(0, gap));
  const tail = gap + 2 === text.length ? [] : groupsOf(text.slice(gap + 2));
  if (head === undefined || tail === undefined) return undefined;
  const zeros = 8 - head.length - tail.length;
  // `::` may stand for a single group, too (RFC 4291, 2.2).
  if (zeros < 1) return undefined;
  return [...head, ...new Array<number>(zeros).fill(0), ...tail];
}

function groupsOf(text: string, count?: number): readonly number[] | undefined {
  const words = text.split(':');
  if (count !== undefined && words.length !== count) return undefined;
  const groups: number[] = [];
  for (const word of words) {
    if (!/^[0-9a-f]{1,4}$/i.test(word)) return undefined;
    groups.push(Number.parseInt(word, 16));
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, `::` for the longest run of two or more zero groups, the first of equals. */
export function formatGroups(groups: readonly number[]): string {
  const run = longestZeros(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [at, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: at + 1 - length, length };
  }
  return best;
}
