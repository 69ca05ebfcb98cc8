import type { Socket } from 'node:net';
import { dial, outcomeOf, readGreeting } from './connect.ts';
import type { TransferReport, TransferStartRequest } from './protocol.ts';

/** A prime, so that no chunk size makes a lost or repeated chunk look like the right one. */
const PERIOD = 65_521;
const PATTERN = Buffer.from(Array.from({ length: 3 * PERIOD }, (_, at) => ((at % PERIOD) * 31) >> 3));
/** Unsent data kept in this process before a full-speed transfer waits for the kernel. */
const HIGH_WATER_BYTES = 1 << 20;

interface Transfer {
  readonly socket: Socket;
  readonly request: TransferStartRequest;
  heard: Buffer;
  greeting?: { readonly via: string; readonly peer: string };
  sent: number;
  received: number;
  intact: boolean;
  ended?: TransferReport['ended'];
}

const transfers: Transfer[] = [];

/** Starts a transfer that the other side echoes; gives its number. */
export function startTransfer(request: TransferStartRequest): number {
  const socket = dial(request.to, request.from);
  const transfer: Transfer = {
    socket,
    request,
    heard: Buffer.alloc(0),
    sent: 0,
    received: 0,
    intact: true,
  };
  socket.setTimeout(request.timeoutMs, () => finish(transfer, 'timeout'));
  socket.on('connect', () => pump(transfer));
  socket.on('drain', () => request.intervalMs === 0 && pump(transfer));
  socket.on('data', (chunk) => take(transfer, chunk));
  socket.on('error', (error) => finish(transfer, outcomeOf(error)));
  socket.on('close', () => finish(transfer, 'reset'));
  return transfers.push(transfer) - 1;
}

/** How a transfer stands; `stop` ends it first. */
export function reportTransfer(number: number, stop: boolean): TransferReport {
  const transfer = transfers[number];
  if (transfer === undefined) throw new Error(`no transfer ${number}`);
  if (stop) finish(transfer, 'complete');
  const { greeting, sent, received, intact, ended } = transfer;
  return {
    via: greeting?.via ?? '',
    peer: greeting?.peer ?? '',
    sentBytes: sent,
    receivedBytes: received,
    intact,
    ...(ended === undefined ? {} : { ended }),
  };
}

function pump(transfer: Transfer): void {
  const { socket, request } = transfer;
  const total = request.bytes ?? Number.POSITIVE_INFINITY;
  do {
    if (transfer.ended !== undefined || transfer.sent >= total) return;
    const size = Math.min(request.chunkBytes, total - transfer.sent);
    socket.write(expected(transfer.sent, size));
    transfer.sent += size;
  } while (request.intervalMs === 0 && socket.writableLength < HIGH_WATER_BYTES);
  if (request.intervalMs > 0) setTimeout(() => pump(transfer), request.intervalMs);
}

function take(transfer: Transfer, chunk: Buffer): void {
  let data = chunk;
  if (transfer.greeting === undefined) {
    transfer.heard = Buffer.concat([transfer.heard, chunk]);
    const greeting = readGreeting(transfer.heard.toString('latin1'));
    if (greeting === undefined) return;
    transfer.greeting = greeting;
    data = transfer.heard.subarray(transfer.heard.indexOf('\n') + 1);
  }
  if (!expected(transfer.received, data.length).equals(data)) transfer.intact = false;
  transfer.received += data.length;
  if (transfer.received === transfer.request.bytes) finish(transfer, 'complete');
}

function expected(offset: number, length: number): Buffer {
  return PATTERN.subarray(offset % PERIOD, (offset % PERIOD) + length);
}

function finish(transfer: Transfer, ended: NonNullable<TransferReport['ended']>): void {
  transfer.ended ??= ended;
  transfer.socket.destroy();
}
