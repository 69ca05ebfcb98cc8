/** Works `write` out once for each object: who knows beforehand what is to be written has it ready in time. */
export function once<T extends object>(write: (what: T) => string): (what: T) => string {
  const known = new WeakMap<T, string>();
  return (what) => {
    const text = known.get(what) ?? write(what);
    known.set(what, text);
    return text;
  };
}
