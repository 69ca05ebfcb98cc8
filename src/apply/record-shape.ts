/**
 * What a record must have to be used. Elements of lists are not looked at: a record may have hundreds of kilobytes, and what
 * damages one leaves hardly more of it than its version.
 */
export type Shape = 'string' | 'number' | 'list' | 'object' | { readonly [key: string]: Shape };

/** A key that ends in `?` may be missing. */
export function hasShape(value: unknown, shape: Shape): boolean {
  if (shape === 'list') return Array.isArray(value);
  if (shape === 'string' || shape === 'number') return typeof value === shape;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (shape === 'object') return true;
  const parts = new Map<string, unknown>(Object.entries(value));
  return Object.entries(shape).every(([key, part]) => {
    const name = key.replace(/[?]$/, '');
    return (name !== key && !parts.has(name)) || hasShape(parts.get(name), part);
  });
}
