/** JSON with the members of every object in one order: equal text means equal data. Members without a value do not count. */
export function stableText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(stableText).join()}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => compareText(a, b));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${stableText(member)}`).join()}}`;
}

/** The items in the order of their stable text, or of that of the part that `by` names. */
export function sortByText<T>(items: readonly T[], by: (item: T) => unknown = (item) => item): readonly T[] {
  if (items.length < 2) return items;
  const keyed = items.map((item) => ({ item, text: stableText(by(item)) }));
  return keyed.sort((a, b) => compareText(a.text, b.text)).map(({ item }) => item);
}

/** Order by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
