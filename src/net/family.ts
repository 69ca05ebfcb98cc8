/** The two IP families. Tables, rules and NAT exist once per family; `inet` chains see both. */
export type Family = 'ipv4' | 'ipv6';

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** Its name for people. */
export function familyName(family: Family): 'IPv4' | 'IPv6' {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

/** Its number in options and names. */
export function ipVersion(family: Family): 4 | 6 {
  return family === 'ipv4' ? 4 : 6;
}

/** Bits of an address of this family. */
export function addressBits(family: Family): 32 | 128 {
  return family === 'ipv4' ? 32 : 128;
}

/** Of an address that is known to be one. */
export function familyOfAddress(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
