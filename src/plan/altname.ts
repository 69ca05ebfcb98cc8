import type { Link } from '../kernel/routing.ts';

/** Rules and routes are listed by the names of devices alone, and so the site is to have those; undefined for no other name. */
export function whoseAltname(name: string, links: readonly Link[]): string | undefined {
  const device = links.find(({ altnames = [] }) => altnames.includes(name))?.name;
  return device === undefined ? undefined : `${name} is another name of ${device}: write ${device}`;
}
