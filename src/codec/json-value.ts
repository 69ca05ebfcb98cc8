/** A parsed JSON object, before anything is known about it. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(json: unknown): JsonObject | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : undefined;
}

/** An array as it is, nothing for absent, and a lone value as an array of one: nft writes single flags bare. */
export function asList(json: unknown): readonly unknown[] {
  if (json === undefined || json === null) return [];
  return Array.isArray(json) ? json : [json];
}

export function asObjects(json: unknown): readonly JsonObject[] {
  return asList(json)
    .map(asObject)
    .filter((item) => item !== undefined);
}

export function asStrings(json: unknown): readonly string[] {
  return asList(json).filter((item) => typeof item === 'string');
}

export function asString(json: unknown): string | undefined {
  return typeof json === 'string' ? json : undefined;
}

/** A number, or a string that spells one in decimal or hex (`ip -j` writes tables and marks as strings). */
export function asNumber(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  if (typeof json !== 'string') return undefined;
  const number = Number(json);
  // Most are spelled as they are printed, which is seen without the expression.
  const isPlain = number >= 0 && Number.isSafeInteger(number) && String(number) === json;
  return isPlain || /^(?:0x[0-9a-f]+|\d+)$/i.test(json) ? number : undefined;
}

/** The object without the named keys. */
export function withoutMembers(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** The object with its undefined members left out, so that an optional member is absent rather than undefined. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present: Partial<T> = {};
  for (const key in object) if (object[key] !== undefined) present[key] = object[key];
  return present as { [K in keyof T]: Exclude<T[K], undefined> };
}
