import type { PortRange } from './port-range.ts';

/** Ports the kernel gives to the machine's own connections: net.ipv4.ip_local_port_range, unless somebody sets it. */
export const KERNEL_PORTS: PortRange = { from: 32_768, to: 60_999 };
