import { symbolNumber } from '../kernel/symbol.ts';
import type { Family } from '../net/family.ts';

/** Numbers of protocols, as the IANA gives them. */
export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

/** Flags of TCP. */
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

/** Protocols that begin with two ports: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

export function hasPorts(protocol: number): boolean {
  return WITH_PORTS.has(protocol);
}

/** By nft's name, or as digits. */
export function protocolNumber(protocol: string | number): number | undefined {
  if (typeof protocol === 'number') return protocol;
  return symbolNumber('inet_proto', protocol) ?? (/^\d+$/.test(protocol) ? Number(protocol) : undefined);
}

/** NFPROTO_IPV4 and NFPROTO_IPV6. */
export function nfproto(family: Family): number {
  return family === 'ipv4' ? 2 : 10;
}

/** The type in an Ethernet header. */
export function etherType(family: Family): number {
  return family === 'ipv4' ? 0x800 : 0x86dd;
}
