/** The lab's interface for a name of the site: `br+` becomes `br0`. */
export function plainName(name: string): string {
  return name.endsWith('+') ? `${name.slice(0, -1)}0` : name;
}
