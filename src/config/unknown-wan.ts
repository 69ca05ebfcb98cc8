import { nearest } from './nearest.ts';

/** One name of a WAN that a site does not have: the nearest that it has, or all of them where none is near. */
export function unknownWan(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `the site has no WAN ${name}; ${near === undefined ? `it has ${known.join(', ')}` : `did you mean ${near}?`}`;
}
