import type { Path } from './path.ts';
import { ACK, TCP, UDP } from './protocol.ts';
import { type Term, undecidable } from './term.ts';
import type { World } from './world.ts';

/**
 * Whose socket a packet belongs to: the one that sent it, and in INPUT the one it is for, where the kernel has found that
 * already (early demux, of connected sockets). Undefined: it belongs to none.
 */
export function socketOwner(path: Path, world: World, who: 'uid' | 'gid'): Term | undefined {
  const { packet, flow } = path;
  const unknown = (id: string): Term => ({ kind: 'variable', id, domain: 'u32' });
  if (packet.local) return flow[who] ?? unknown(who);
  if (!isDemuxed(path, world)) return undefined;
  return flow.in === undefined ? (flow[who] ?? unknown(who)) : unknown(`${who} of the listener`);
}

/** tcp_v4_early_demux finds what is not the first packet; udp_v4_early_demux the answer to a connected socket alone. */
function isDemuxed({ packet, flow, hook, direction }: Path, world: World): boolean {
  if (hook !== 'input' || packet.iif === 'lo') return false;
  const isOn = (name: string) => world.index.sysctl(`net.ipv4.${name}`) !== '0';
  if (!isOn('ip_early_demux')) return false;
  if (packet.protocol === TCP) return (packet.tcpFlags & ACK) !== 0 && isOn('tcp_early_demux');
  const answersSocket = flow.connected === true && flow.in === undefined && direction === 'reply';
  return packet.protocol === UDP && answersSocket && isOn('udp_early_demux');
}

/** The cgroup of the socket; who waits for a packet that comes in cannot be known. */
export function socketCgroup({ packet, flow, hook }: Path): Term | undefined {
  if (packet.local) return flow.cgroup ?? undecidable('cgroup of the socket');
  return hook === 'prerouting' || hook === 'input'
    ? undecidable('cgroup of the socket that waits for it')
    : undefined;
}
