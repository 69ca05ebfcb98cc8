/** Protocols that begin with two ports: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

export function hasPorts(protocol: number): boolean {
  return WITH_PORTS.has(protocol);
}
