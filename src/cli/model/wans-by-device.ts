import type { Site } from '../../config/site.ts';
import type { KernelState } from '../../kernel/state.ts';

/** A WAN's interface by the site; where two share one, the interface alone is sure. */
export function wansByDevice(site: Site | undefined, state: KernelState): ReadonlyMap<string, string> {
  const present = new Set(state.links.map((link) => link.name));
  const wans = (site?.wans ?? []).filter((wan) => present.size === 0 || present.has(wan.interface));
  const alone = wans.filter((wan) =>
    wans.every((other) => other === wan || other.interface !== wan.interface),
  );
  return new Map(alone.map((wan) => [wan.interface, wan.name]));
}
