/** More names than these make a cell that no table can hold. */
const MOST = 4;

/** Names in the order people count in, joined; of many the first ones and how many more there are. */
export function several(names: Iterable<string>): string {
  const sorted = [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const shown = sorted.length > MOST ? sorted.slice(0, MOST - 1) : sorted;
  const rest = sorted.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join('+');
}
