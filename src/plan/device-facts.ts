import { type Address, type Link, MAIN_TABLE, type Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import { sysctlKey } from '../kernel/sysctl-key.ts';
import type { Family } from '../net/family.ts';
import { gatewayFaults } from './gateway-faults.ts';

/** What the machine knows of one interface. */
export interface DeviceFacts {
  readonly link: Link | undefined;
  readonly addresses: readonly Address[];
  /**
   * What masquerade takes for a source in a family of which this interface has no address; undefined where the loopback
   * device has one: that is the router's own by whatever interface (unnumbered).
   */
  readonly borrowed: (family: Family) => Address | undefined;
  /** main's default routes by it, both families. */
  readonly defaults: readonly Route[];
  /** The kernel refuses every IPv6 route by it, and has no IPv6 address of it. */
  readonly ipv6Off: boolean;
  /** What is wrong with an address as its gateway. */
  readonly gatewayFault: (gateway: string, onlink: boolean) => string | undefined;
}

/** Where a device's IPv6 is switched off with 1. `all.disable_ipv6` writes every device's, and says nothing later. */
export function ipv6Switch(device: string): string {
  return sysctlKey('ipv6', device, 'disable_ipv6');
}

/** The facts of an interface by its name. They are gathered once: a site asks for each of its WANs. */
export function factsByDevice(facts: KernelState): (name: string) => DeviceFacts {
  const links = new Map(facts.links.map((link) => [link.name, link]));
  const addresses = listsByName(facts.addresses.map((address) => [address.device, address]));
  const global = facts.addresses.filter(({ scope }) => scope === 0);
  const defaults = listsByName(
    facts.routes
      .filter(isMainDefault)
      .flatMap((route) => route.hops.map(({ device = '' }) => [device, route] as const)),
  );
  const sysctls = new Map(facts.sysctls.map(({ key, value }) => [key, value]));
  const faults = gatewayFaults(facts);
  return (name) => ({
    link: links.get(name),
    addresses: addresses.get(name) ?? [],
    borrowed: (family) =>
      borrowedFrom(
        global.filter((address) => address.family === family),
        name,
      ),
    defaults: defaults.get(name) ?? [],
    ipv6Off: Number(sysctls.get(ipv6Switch(name)) ?? 0) !== 0,
    gatewayFault: (gateway, onlink) => faults(gateway, name, onlink),
  });
}

function borrowedFrom(global: readonly Address[], name: string): Address | undefined {
  if (global.some(({ device }) => device === 'lo')) return undefined;
  return global.find(({ device }) => device !== name);
}

function isMainDefault({ table, type, destination }: Route): boolean {
  return table === MAIN_TABLE && type === 'unicast' && destination.length === 0;
}

function listsByName<T>(named: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const lists = new Map<string, T[]>();
  for (const [name, value] of named) {
    const list = lists.get(name);
    if (list === undefined) lists.set(name, [value]);
    else list.push(value);
  }
  return lists;
}
