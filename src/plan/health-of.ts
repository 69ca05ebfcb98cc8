import type { Health } from './plan.ts';

/** Of a machine where these WANs are down, and all others up. */
export function healthOf(down: readonly string[]): Health {
  return Object.fromEntries(down.map((wan) => [wan, 'down']));
}
