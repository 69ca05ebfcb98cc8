import { internetDevice } from './network-batch.ts';
import type { Topology } from './topology.ts';

/** The internet listens once per ISP, so that a listener knows by whom a flow came. */
export const FIRST_LISTENER_PORT = 20_001;

export function listenerPort(index: number): number {
  return FIRST_LISTENER_PORT + index;
}

/**
 * nft text of the internet: whoever is called, the listener of the ISP answers; a connection belongs to the ISP its first
 * packet came by (or was sent to), and a packet of it that comes by another ISP is counted and dropped, as ISPs drop
 * sources that are not theirs. Pings are redirected to an address of the internet's own: the kernel answers IPv4 pings from
 * no other.
 */
export function internetRules(topology: Topology): string {
  const perIsp = (line: (device: string, index: number) => string): string =>
    topology.wans.map((_, index) => line(internetDevice(index), index)).join('\n');
  return `table inet internet {
${perIsp((_, index) => `counter arrived${index} {}\ncounter strayed${index} {}`)}
chain arrive {
type filter hook prerouting priority mangle; policy accept;
${perIsp(
  (device, index) =>
    `iifname "${device}" ct mark != 0 ct mark != ${index + 1} counter name strayed${index} drop
iifname "${device}" ct mark 0 counter name arrived${index} ct mark set ${index + 1}`,
)}
}
chain to_listener {
type nat hook prerouting priority dstnat; policy accept;
${perIsp((device, index) => `iifname "${device}" meta l4proto { tcp, udp } redirect to :${listenerPort(index)}`)}
icmp type echo-request redirect
}
chain answer {
type route hook output priority mangle; policy accept;
ct mark != 0 meta mark set ct mark
}
chain call {
type filter hook postrouting priority mangle; policy accept;
${perIsp((device, index) => `oifname "${device}" ct mark 0 ct mark set ${index + 1}`)}
}
}
`;
}
