import type { Link } from '../kernel/routing.ts';

/**
 * What to write in place of another name of a device: rules and routes are listed by the device's own name alone.
 * Undefined where it is no such name.
 */
export function altnameAdvice(name: string, links: readonly Link[]): string | undefined {
  const device = links.find(({ altnames = [] }) => altnames.includes(name))?.name;
  return device === undefined ? undefined : `${name} is another name of ${device}: write ${device}`;
}
