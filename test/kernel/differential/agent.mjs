// Sends and answers datagrams in one namespace: a JSON request per line in, a JSON answer per line out.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

/** Sockets by `address port`. */
const sockets = new Map();
/** Who sent the first datagram of a flow, and to which socket. */
const callers = new Map();

async function open({ address, port }) {
  const key = `${address} ${port}`;
  const known = sockets.get(key);
  if (known !== undefined) return known;
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('error', () => undefined);
  socket.on('message', (message, from) => {
    const flow = message.readUInt16BE(0);
    // Only what comes before the answers is answered.
    if (message.readUInt8(2) > 1) return;
    if (!callers.has(flow)) callers.set(flow, { socket, address: from.address, port: from.port });
  });
  await new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, resolve);
  });
  sockets.set(key, socket);
  return socket;
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
      for (const at of request.at) await open(at);
      return true;
    case 'forget':
      callers.clear();
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
