import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import type { ListenRequest, SeenFlow } from './protocol.ts';

/** Silent datagrams by tag, then by who saw them and from where. */
const seen = new Map<string, Map<string, SeenFlow>>();

export function seenFlows(tag: string): readonly SeenFlow[] {
  return [...(seen.get(tag)?.values() ?? [])];
}

/** Opens a listener that greets with its name and the caller's address, then echoes. */
export function listen(request: ListenRequest): Promise<true> {
  return request.protocol === 'tcp' ? listenTcp(request) : listenUdp(request);
}

function listenTcp({ at, via }: ListenRequest): Promise<true> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, (socket) => greet(socket, via));
    server.once('error', reject);
    // The backlog holds every connection of a burst while this process is busy.
    server.listen({ host: at.address, port: at.port, backlog: 4096, ipv6Only: false }, () => resolve(true));
  });
}

function greet(socket: Socket, via: string): void {
  // A caller that resets or vanishes is its own business.
  socket.on('error', () => socket.destroy());
  socket.write(`${JSON.stringify({ via, peer: plainAddress(socket.remoteAddress ?? '') })}\n`);
  socket.pipe(socket);
}

function listenUdp({ at, via }: ListenRequest): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: at.address.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: 1 << 20,
    });
    socket.once('error', reject);
    socket.on('message', (message, from) => {
      const { tag, silent } = JSON.parse(message.toString()) as { tag: string; silent: boolean };
      const peer = plainAddress(from.address);
      if (silent) count(tag, via, peer, from.port);
      else socket.send(JSON.stringify({ via, peer }), from.port, from.address);
    });
    socket.bind(at.port, at.address, () => resolve(true));
  });
}

function count(tag: string, via: string, peer: string, port: number): void {
  const flows = seen.get(tag) ?? new Map<string, SeenFlow>();
  const key = `${via} ${peer} ${port}`;
  flows.set(key, { via, peer, datagrams: (flows.get(key)?.datagrams ?? 0) + 1 });
  seen.set(tag, flows);
}

/** A dual-stack socket shows IPv4 callers as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
