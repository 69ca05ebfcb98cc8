/** What a record holds under a name that a person chose. A WAN may be called `constructor`, and every object has one. */
export function valueAt<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
