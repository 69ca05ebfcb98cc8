import type { Policy } from '../config/site.ts';

/** How long a client keeps its WAN; undefined where it does not. Neither backend's lists count less than seconds. */
export function stickySeconds({ stickyMs }: Policy): number | undefined {
  return stickyMs === undefined ? undefined : Math.ceil(stickyMs / 1000);
}
