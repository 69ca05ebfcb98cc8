export const SERVERS = ['192.0.2.1', '192.0.2.2', '192.0.3.1'] as const;
/** A host outside whose own connections go by wan1; those of the servers go by wan0. */
export const BY_WAN1 = '192.0.2.9';
export const CLIENTS = ['192.168.1.10', '192.168.1.11'] as const;
export const OWN = ['198.51.100.2', '203.0.113.2', '192.168.1.1'] as const;
export const SERVER_PORTS = [53, 443, 8080] as const;

export const PACKETS = ['P1', 'P1b', 'R', 'P3', 'E'] as const;

/** Datagrams, and errors about them, carry their identity in their size; TCP's packets are given one the same way. */
const FIRST_SIZE = 100;

export function sizeOf(flow: number, packet: number): number {
  return FIRST_SIZE + flow * PACKETS.length + packet;
}
