import type { Address } from '../kernel/routing.ts';
import { SCOPES } from './ip-names.ts';
import { asNumber, asObjects, asString, defined, type JsonObject } from './json-value.ts';

/** IFA flags that say something about using the address; `ip -j` writes each as a member that is true. */
const FLAGS: readonly string[] = [
  'tentative',
  'dadfailed',
  'optimistic',
  'deprecated',
  'temporary',
  'secondary',
  'dynamic',
  'noprefixroute',
  'mngtmpaddr',
];

/** Reads `ip -j address`, with or without -N. */
export function readAddresses(json: unknown): readonly Address[] {
  return asObjects(json).flatMap((link) => {
    const device = asString(link.ifname);
    if (device === undefined) return [];
    return asObjects(link.addr_info).flatMap((entry) => readAddress(device, entry) ?? []);
  });
}

function readAddress(device: string, entry: JsonObject): Address | undefined {
  const address = asString(entry.local);
  if (address === undefined || (entry.family !== 'inet' && entry.family !== 'inet6')) return undefined;
  const flags = FLAGS.filter((flag) => entry[flag] === true);
  return defined({
    device,
    family: entry.family === 'inet' ? ('ipv4' as const) : ('ipv6' as const),
    address,
    length: asNumber(entry.prefixlen) ?? 0,
    peer: asString(entry.address),
    scope: asNumber(entry.scope) ?? SCOPES[asString(entry.scope) ?? ''] ?? 0,
    flags: flags.length > 0 ? flags : undefined,
  });
}
