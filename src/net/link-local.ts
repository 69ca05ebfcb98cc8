/** Whether an address is of IPv6's fe80::/10 (RFC 4291, 2.5.6): each link has its own of these, and may have the same. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][\da-f]/i.test(address);
}
