type Data = Readonly<Record<string, unknown>>;

/** Whether two values of plain data are equal; members without a value do not count. */
export function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameData(item, b[at]));
  }
  return (
    !Array.isArray(b) && hasMembersOf(a as Data, b as Data) && hasMembersOf(b as Data, a as Data, isPresent)
  );
}

/** The same for what is likely to be equal, its members in one order: then the text tells, which V8 makes by itself. */
export function likelySameData(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b) || sameData(a, b);
}

/** Whether each member of `a` is the same in `b`. */
function hasMembersOf(a: Data, b: Data, same: typeof sameData = sameData): boolean {
  for (const name in a) if (!same(a[name], b[name])) return false;
  return true;
}

/** The other way round only what is missing needs to be looked for: what is there was compared. */
function isPresent(member: unknown, other: unknown): boolean {
  return member === undefined || other !== undefined;
}
