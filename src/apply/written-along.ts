import type { Link } from '../kernel/routing.ts';
import type { Sysctl } from '../kernel/state.ts';
import { sysctlKey } from '../kernel/sysctl-key.ts';
import { FAMILIES, type Family } from '../net/family.ts';

/** Who changes one of these changes every device's own, and that of devices to come. */
const FORWARDING: Readonly<Record<Family, string>> = {
  ipv4: 'net.ipv4.ip_forward',
  ipv6: 'net.ipv6.conf.all.forwarding',
};

/** A router takes no ICMP redirects, so the kernel gives it the other value. IPv4 alone has that. */
const REDIRECTS = sysctlKey('ipv4', 'all', 'accept_redirects');

/** The switch with which the kernel writes this key (inet_forward_change, addrconf_fixup_forwarding). */
export function switchOf(key: string): string | undefined {
  if (key === REDIRECTS) return FORWARDING.ipv4;
  const [, family, device] = /^net\.(ipv4|ipv6)\.conf\.([^.]+)\.forwarding$/.exec(key) ?? [];
  return family === undefined || device === 'all' ? undefined : FORWARDING[family as Family];
}

/**
 * Whether it is of a kernel that stops forwarding. One that begins, be it by one device, forgets the default routes that
 * came by router advertisement, but those of interfaces whose accept_ra is 2 (rt6_purge_dflt_routers).
 */
export function isOfStopping({ key, value }: Sysctl): boolean {
  return switchOf(key) !== undefined || (value === '0' && Object.values(FORWARDING).includes(key));
}

/** Of these keys, those that the kernel writes when a switch is changed to this value, as they are then. */
export function writtenAlong({ key: by, value }: Sysctl, keys: Iterable<string>): readonly Sysctl[] {
  const opposite = value === '0' ? '1' : '0';
  return [...keys]
    .filter((key) => switchOf(key) === by)
    .map((key) => ({ key, value: key === REDIRECTS ? opposite : value }));
}

/** What a machine with these links has that this switch writes; none where it is no switch. */
export function keysAlong(by: string, links: readonly Link[]): readonly string[] {
  const family = FAMILIES.find((one) => FORWARDING[one] === by);
  if (family === undefined) return [];
  const devices = ['default', ...links.map((link) => link.name)];
  const redirects = family === 'ipv4' ? [REDIRECTS] : [];
  return [...redirects, ...devices.map((device) => sysctlKey(family, device, 'forwarding'))];
}
