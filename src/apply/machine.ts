import type { Host } from '../host/host.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { type IpSession, openIpSession } from './ip-session.ts';
import { type NftSession, openNftSession } from './nft-session.ts';

/** The machine under way: the host, one long-lived `ip` for each family its kernel has, and one nft where it is asked. */
export interface Machine {
  readonly host: Host;
  readonly ip: ReadonlyMap<Family, IpSession>;
  readonly nft: NftSession;
}

/**
 * Runs `work` on this machine and ends its children afterwards, without waiting for their end: all they were told has
 * been answered, so nothing is lost with one that takes its time.
 */
export async function withMachine<T>(host: Host, work: (machine: Machine) => Promise<T>): Promise<T> {
  const families: readonly Family[] = hasIpv6(host) ? FAMILIES : ['ipv4'];
  const machine = {
    host,
    ip: new Map(families.map((family) => [family, openIpSession(host, family)])),
    nft: openNftSession(host),
  };
  try {
    return await work(machine);
  } finally {
    for (const session of [...machine.ip.values(), machine.nft]) session.close();
  }
}

/** A kernel booted with ipv6.disable=1 has no such folder; asking it for IPv6 routes is an error. */
function hasIpv6(host: Host): boolean {
  return host.listDirectory('/proc/sys/net/ipv6') !== undefined;
}
