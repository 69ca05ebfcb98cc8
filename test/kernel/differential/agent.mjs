// Sends and answers datagrams, and opens and takes connections, in one namespace: a JSON request per line in, a JSON answer per line out.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Sockets by `address port`. */
const sockets = new Map();
/** Connections of this ruleset, opened here or accepted. */
const connections = new Set();
/** Who sent the first datagram of a flow, and to which socket. */
const callers = new Map();

async function open({ address, port }) {
  const key = `${address} ${port}`;
  const known = sockets.get(key);
  if (known !== undefined) return known;
  const ipv6 = address.includes(':');
  const socket = createSocket({ type: ipv6 ? 'udp6' : 'udp4', ipv6Only: ipv6, reuseAddr: true });
  socket.on('error', () => undefined);
  socket.on('message', (message, from) => {
    const flow = message.readUInt16BE(0);
    // The first packet alone is answered: by the second the flow may go to another host, which would answer as well.
    if (message.readUInt8(2) !== 0) return;
    if (!callers.has(flow)) callers.set(flow, { socket, address: from.address, port: from.port });
  });
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, resolve);
  });
  sockets.set(key, socket);
  return socket;
}

function keep(connection) {
  connections.add(connection);
  connection.on('error', () => undefined);
  connection.on('close', () => connections.delete(connection));
}

function accept({ address, port }) {
  return new Promise((resolve, reject) => {
    const server = createServer(keep);
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: true }, resolve);
  });
}

/** Nothing but the handshake is ever sent; the host drops the reset at home. */
function forgetConnections() {
  for (const connection of connections)
    connection.connecting ? connection.destroy() : connection.resetAndDestroy();
}

function datagram({ flow, packet, bytes }) {
  const payload = Buffer.alloc(bytes);
  payload.writeUInt16BE(flow, 0);
  payload.writeUInt8(packet, 2);
  return payload;
}

function sendTo(socket, payload, port, address) {
  return new Promise((resolve) =>
    socket.send(payload, port, address, (error) => resolve(error?.code ?? 'sent')),
  );
}

async function handle(request) {
  switch (request.op) {
    case 'listen':
      for (const at of request.at) {
        await open(at);
        await accept(at);
      }
      return true;
    case 'forget':
      callers.clear();
      forgetConnections();
      for (const [key, socket] of sockets) {
        if (!request.keep.includes(key)) {
          socket.close();
          sockets.delete(key);
        }
      }
      return true;
    case 'send': {
      const results = [];
      for (const item of request.items) {
        const socket = await open(item.from);
        results.push(await sendTo(socket, datagram(item), item.to.port, item.to.address));
      }
      return results;
    }
    case 'connect':
      for (const { from, to } of request.items)
        keep(connect({ host: to.address, port: to.port, localAddress: from.address, localPort: from.port }));
      return true;
    case 'answer': {
      // What has arrived is in the sockets already; it is read before anything is answered.
      await new Promise((resolve) => setTimeout(resolve, 8));
      const results = [];
      for (const item of request.items) {
        const caller = callers.get(item.flow);
        results.push(
          caller === undefined
            ? 'unheard'
            : await sendTo(caller.socket, datagram(item), caller.port, caller.address),
        );
      }
      return results;
    }
    case 'heard':
      return [...callers].map(([flow, { socket, address, port }]) => ({
        flow,
        from: { address, port },
        at: { address: socket.address().address, port: socket.address().port },
      }));
    default:
      throw new Error(`unknown request ${request.op}`);
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  try {
    process.stdout.write(`${JSON.stringify({ answer: await handle(JSON.parse(line)) })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
  }
});
lines.on('close', () => process.exit(0));
