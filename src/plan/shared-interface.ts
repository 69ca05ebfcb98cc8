import type { Wan } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import type { PlanWarning } from './plan.ts';
import type { Uplink } from './uplinks.ts';

/**
 * Source translation of WANs that share an interface. IPv4's masquerade needs no help: it takes the address beside the
 * gateway the packet leaves by. A fixed address or prefix is only right for its own WAN, so it also asks for that WAN's mark.
 */
export function goesByMark(uplink: Uplink, family: Family): boolean {
  const { kind } = uplink.nat[family];
  return uplink.shared.includes(family) && (kind === 'snat' || kind === 'nptv6');
}

/** Rules that ask for a mark stand before those of the same interface that do not. */
export function byMarkFirst(uplinks: readonly Uplink[], family: Family): readonly Uplink[] {
  const byMark = uplinks.filter((uplink) => goesByMark(uplink, family));
  return [...byMark, ...uplinks.filter((uplink) => !byMark.includes(uplink))];
}

/** Where only the interface tells by which WAN something came in, the first is taken that can send the reply. */
export function repliersFirst(uplinks: readonly Uplink[], family: Family): readonly Uplink[] {
  const mute = uplinks.filter(({ shared, gateways }) => shared.includes(family) && !gateways.has(family));
  return [...uplinks.filter((uplink) => !mute.includes(uplink)), ...mute];
}

/** The first WAN of each interface where what follows main routing, and has no mark, would leave with its inside address. */
export function unmarkedInterfaces(uplinks: readonly Uplink[], family: Family): readonly Wan[] {
  const wans = uplinks
    .filter((uplink) => goesByMark(uplink, family))
    .map(({ wan }) => wan)
    .filter((wan) =>
      uplinks.every((one) => one.wan.interface !== wan.interface || isTranslated(one, family)),
    );
  return wans.filter((wan, index) => wans.findIndex((one) => one.interface === wan.interface) === index);
}

function isTranslated(uplink: Uplink, family: Family): boolean {
  return !uplink.wan.families.includes(family) || uplink.nat[family].kind !== 'none';
}

/** Without a network of its gateway's nobody knows which address is whose, and IPv6's masquerade takes any. */
export function sharedMasqueradeWarnings(uplinks: readonly Uplink[]): readonly PlanWarning[] {
  return uplinks
    .filter(({ shared, nat, gateways, addresses }) => {
      const several = addresses.filter(({ family }) => family === 'ipv6').length > 1;
      return several && shared.includes('ipv6') && gateways.has('ipv6') && nat.ipv6.kind === 'masquerade';
    })
    .map(({ wan: { name, interface: device, origin } }) => ({
      message: `WAN ${name}: which IPv6 address of ${device} is its own cannot be told, and masquerade takes any of them; give it snat: ADDRESS`,
      origin,
    }));
}
