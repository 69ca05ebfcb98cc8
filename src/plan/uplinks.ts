import type { Site, Wan } from '../config/site.ts';
import type { Address } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { FAMILIES, type Family, familyName } from '../net/family.ts';
import type { Mark } from '../net/mark.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import { type DeviceFacts, factsByDevice, ipv6Switch } from './device-facts.ts';
import { type FoundGateway, findGateway, wanAddresses, wrongGateway } from './gateways.ts';
import type { WanNumbers } from './geometry.ts';
import type { PlanInput, PlanWarning } from './plan.ts';
import { namedFamilies } from './wan-part.ts';

/** A WAN with its numbers and with what this machine knows of it now. */
export interface Uplink {
  readonly wan: Wan;
  readonly numbers: WanNumbers;
  readonly mark: Mark;
  readonly gateways: ReadonlyMap<Family, FoundGateway>;
  readonly addresses: readonly Address[];
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
    const missing = link === undefined ? 'is not there' : link.up ? undefined : 'is down';
    if (missing === undefined) {
      for (const family of wan.families) {
        const gateway = findGateway(wan, family, device);
        if (gateway !== undefined) gateways.set(family, gateway);
        else warnings.push(leftOut(wan, family, device));
      }
    } else {
      const message = `WAN ${wan.name}: interface ${wan.interface} ${missing}; it is left out until it comes up`;
      warnings.push({ message, origin: wan.origin, wan: wan.name });
    }
    return {
      wan,
      numbers: own,
      mark: { value: own.mark, mask: site.markMask },
      gateways,
      addresses: missing === undefined ? wanAddresses(wan, device) : [],
      nat: wan.nat,
      shared: wan.families.filter((family) => sharesInterface(site, wan, family)),
      down: namedFamilies(down, wan.name),
      held: Object.fromEntries(
        Object.entries(held).map(([policy, names]) => [policy, namedFamilies(names, wan.name)]),
      ),
    };
  });
  const parted = uplinks.map((uplink) => withOwnAddresses(uplink, uplinks));
  return { uplinks: parted.map((uplink) => withOwnMasquerade(uplink, parted)), warnings };
}

/**
 * WANs that share an interface see all of its addresses. Each keeps those that are its own: in the network of its gateway,
 * or what it translates to. An address that no WAN can call its own stays with those that can send replies and have no
 * other.
 */
function withOwnAddresses(uplink: Uplink, all: readonly Uplink[]): Uplink {
  if (uplink.shared.length === 0) return uplink;
  const siblings = siblingsOf(uplink, all);
  const addresses = uplink.addresses.filter(
    (address) =>
      owns(uplink, address) ||
      !siblings.some((other) => owns(other, address) || isInstead(other, uplink, address.family)),
  );
  return { ...uplink, addresses };
}

function siblingsOf(uplink: Uplink, all: readonly Uplink[]): readonly Uplink[] {
  return all.filter((other) => other !== uplink && other.wan.interface === uplink.wan.interface);
}

/**
 * IPv4's masquerade takes the address beside the gateway that a packet leaves by, IPv6's any address of the interface
 * (nf_nat_masquerade_ipv6): where WANs share it, their own one is written down.
 */
function withOwnMasquerade(uplink: Uplink, all: readonly Uplink[]): Uplink {
  const { wan, shared, addresses } = uplink;
  if (!shared.includes('ipv6') || wan.nat.ipv6.kind !== 'masquerade') return uplink;
  const others = new Set(siblingsOf(uplink, all).flatMap((other) => other.addresses));
  const own = addresses.filter((address) => address.family === 'ipv6' && !others.has(address));
  const lasting = own.find(({ flags = [] }) => !flags.includes('temporary')) ?? own[0];
  return lasting === undefined
    ? uplink
    : { ...uplink, nat: { ...wan.nat, ipv6: { kind: 'snat', address: lasting.address } } };
}

/** The one that cannot send replies, or has an address of its own already, leaves it to the other that can, or has none. */
function isInstead(other: Uplink, uplink: Uplink, family: Family): boolean {
  if (!other.gateways.has(family)) return false;
  const hasOwn = (one: Uplink) => one.addresses.some((at) => at.family === family && owns(one, at));
  return !uplink.gateways.has(family) || (hasOwn(uplink) && !hasOwn(other));
}

function owns({ wan, gateways }: Uplink, address: Address): boolean {
  const nat = wan.nat[address.family];
  if (nat.kind === 'snat' && nat.address === address.address) return true;
  const gateway = parsePrefix(gateways.get(address.family)?.address ?? '');
  return gateway !== undefined && prefixContains(address, gateway);
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
  const wrong = wrongGateway(wan, family, device);
  return wrong === undefined
    ? `no ${version} gateway by ${wan.interface} is known yet; its ${version} is left out until one is`
    : `${wrong}; its ${version} is left out`;
}
