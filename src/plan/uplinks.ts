import type { Site, Wan } from '../config/site.ts';
import type { Address, Link } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { FAMILIES, type Family, familyName } from '../net/family.ts';
import type { Mark } from '../net/mark.ts';
import type { Prefix } from '../net/prefix.ts';
import { altnameAdvice } from './altname-advice.ts';
import { withDelegatedPrefixes } from './delegated-prefixes.ts';
import { type DeviceFacts, factsByDevice, ipv6Switch } from './device-facts.ts';
import { type FoundGateway, findGateway, missingSource, wanAddresses, wrongGateway } from './gateways.ts';
import type { WanNumbers } from './geometry.ts';
import { withOwnAddresses } from './own-addresses.ts';
import type { PlanInput, PlanWarning } from './plan.ts';
import { namedFamilies } from './wan-part.ts';

/** A WAN with its numbers and with what this machine knows of it now. */
export interface Uplink {
  readonly wan: Wan;
  readonly numbers: WanNumbers;
  readonly mark: Mark;
  readonly gateways: ReadonlyMap<Family, FoundGateway>;
  readonly addresses: readonly Address[];
  /** Prefixes that its ISP delegated, the likeliest first, where nptv6 follows them. */
  readonly delegated: readonly Prefix[];
  /** The profile's, except where the kernel would take another WAN's address for it. */
  readonly nat: Wan['nat'];
  /** Families in which another profile uses the same interface. */
  readonly shared: readonly Family[];
  /** Families that are not to take new connections. */
  readonly down: readonly Family[];
  /** Policy by name → families in which it does not use it yet, though they are up. */
  readonly held: Readonly<Record<string, readonly Family[]>>;
}

/** Whether new connections of this family may be sent by it. */
export function takesTraffic(uplink: Uplink, family: Family): boolean {
  return !uplink.down.includes(family) && uplink.gateways.has(family);
}

/** Every family that any WAN of the site has. Nothing is generated for another one. */
export function siteFamilies(site: Site): readonly Family[] {
  return FAMILIES.filter((family) => site.wans.some((wan) => wan.families.includes(family)));
}

/** Joins the site's WANs with the machine's facts; a WAN that cannot carry traffic now is warned of, and stays in. */
export function findUplinks(
  site: Site,
  facts: KernelState,
  numbers: ReadonlyMap<string, WanNumbers>,
  { health, held = {} }: Pick<PlanInput, 'health' | 'held'>,
): { readonly uplinks: readonly Uplink[]; readonly warnings: readonly PlanWarning[] } {
  const warnings: PlanWarning[] = [];
  const down = Object.keys(health).filter((name) => health[name] === 'down');
  const factsOf = factsByDevice(facts);
  const uplinks = site.wans.map((wan): Uplink => {
    const own = numbers.get(wan.name);
    if (own === undefined) throw new Error(`no numbers were allocated for WAN ${wan.name}`);
    const device = factsOf(wan.interface);
    const { link } = device;
    const gateways = new Map<Family, FoundGateway>();
    const missing = whyMissing(wan, link, facts.links);
    if (missing === undefined) {
      for (const family of wan.families) {
        const gateway = findGateway(wan, family, device);
        if (gateway !== undefined) gateways.set(family, gateway);
        else warnings.push(leftOut(wan, family, device));
      }
    } else {
      warnings.push({ message: `WAN ${wan.name}: ${missing}`, origin: wan.origin, wan: wan.name });
    }
    return {
      wan,
      numbers: own,
      mark: { value: own.mark, mask: site.markMask },
      gateways,
      addresses: missing === undefined ? wanAddresses(wan, device) : [],
      delegated: [],
      nat: wan.nat,
      shared: wan.families.filter((family) => sharesInterface(site, wan, family)),
      down: namedFamilies(down, wan.name),
      held: Object.fromEntries(
        Object.entries(held).map(([policy, names]) => [policy, namedFamilies(names, wan.name)]),
      ),
    };
  });
  return { uplinks: withDelegatedPrefixes(withOwnAddresses(uplinks), facts), warnings };
}

/** Undefined where the interface is there and up. */
function whyMissing(wan: Wan, link: Link | undefined, links: readonly Link[]): string | undefined {
  if (link?.up) return undefined;
  const advice = link === undefined ? altnameAdvice(wan.interface, links) : undefined;
  if (advice !== undefined) return `${advice}; it is left out until then`;
  return `interface ${wan.interface} ${link === undefined ? 'is not there' : 'is down'}; it is left out until it comes up`;
}

function sharesInterface(site: Site, wan: Wan, family: Family): boolean {
  return site.wans.some(
    (other) => other !== wan && other.interface === wan.interface && other.families.includes(family),
  );
}

function leftOut(wan: Wan, family: Family, device: DeviceFacts): PlanWarning {
  return {
    message: `WAN ${wan.name}: ${whyLeftOut(wan, family, device)}`,
    origin: wan.origin,
    wan: wan.name,
  };
}

function whyLeftOut(wan: Wan, family: Family, device: DeviceFacts): string {
  const version = familyName(family);
  if (family === 'ipv6' && device.ipv6Off)
    return `IPv6 is switched off on ${wan.interface} (${ipv6Switch(wan.interface)}); its IPv6 is left out until it is switched on`;
  const sourceless = missingSource(wan, family, device);
  if (sourceless !== undefined) return `${sourceless}; its ${version} is left out until it has one`;
  const wrong = wrongGateway(wan, family, device);
  return wrong === undefined
    ? `no ${version} gateway by ${wan.interface} is known yet; its ${version} is left out until one is`
    : `${wrong}; its ${version} is left out`;
}
