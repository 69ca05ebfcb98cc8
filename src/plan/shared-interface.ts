import type { Family } from '../net/family.ts';
import type { Uplink } from './uplinks.ts';

/**
 * Source translation of WANs that share an interface. Masquerade needs no help: it takes the address beside the gateway
 * the packet leaves by. A fixed address or prefix is only right for its own WAN, so it also asks for that WAN's mark.
 */
export function goesByMark(uplink: Uplink, family: Family): boolean {
  const { kind } = uplink.wan.nat[family];
  return uplink.shared.includes(family) && (kind === 'snat' || kind === 'nptv6');
}

/** Rules that ask for a mark stand before those of the same interface that do not. */
export function byMarkFirst(uplinks: readonly Uplink[], family: Family): readonly Uplink[] {
  const byMark = uplinks.filter((uplink) => goesByMark(uplink, family));
  return [...byMark, ...uplinks.filter((uplink) => !byMark.includes(uplink))];
}

/** Interfaces where what follows main routing, and has no mark, would otherwise leave with its inside address. */
export function unmarkedInterfaces(uplinks: readonly Uplink[], family: Family): readonly string[] {
  const devices = uplinks
    .filter((uplink) => goesByMark(uplink, family))
    .map((uplink) => uplink.wan.interface)
    .filter((device) => uplinks.every((one) => one.wan.interface !== device || isTranslated(one, family)));
  return [...new Set(devices)];
}

function isTranslated(uplink: Uplink, family: Family): boolean {
  return !uplink.wan.families.includes(family) || uplink.wan.nat[family].kind !== 'none';
}
