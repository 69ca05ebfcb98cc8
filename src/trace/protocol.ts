import { symbolNumber } from '../kernel/symbol.ts';
import type { Family } from '../net/family.ts';

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
