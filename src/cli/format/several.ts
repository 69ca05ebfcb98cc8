/** More names than these make a cell that no table can hold. */
const MOST = 4;

/**
 * Names in the order people count in, joined; of many, and of more than fit into `room` columns, the first ones and how many
 * more there are.
 */
export function several(names: Iterable<string>, room: number): string {
  const sorted = [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  let shown = sorted.length > MOST ? MOST - 1 : sorted.length;
  while (shown > 1 && joined(sorted, shown).length > room) shown -= 1;
  return joined(sorted, shown);
}

function joined(sorted: readonly string[], shown: number): string {
  const rest = sorted.length - shown;
  return [...sorted.slice(0, shown), ...(rest > 0 ? [`${rest} more`] : [])].join('+');
}
