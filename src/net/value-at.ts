/** What a record holds under a name that a person chose: a WAN may be called `constructor`, as every object has one. */
export function valueAt<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
