import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { outcomeOf } from './connect.ts';
import type { DatagramsRequest, FlowReport } from './protocol.ts';

/** Sends the datagrams of one flow; gives a report per answer or error, or one `timeout` when nothing came. */
export async function sendDatagrams(request: DatagramsRequest): Promise<readonly FlowReport[]> {
  const { to, from, count, intervalMs, waitMs, silent, tag } = request;
  const isIpv6 = to.address.includes(':');
  // An IPv6 socket would take its port of IPv4 as well, where another flow may have it.
  const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', ipv6Only: isIpv6 });
  const reports: FlowReport[] = [];
  socket.on('error', (error) => reports.push({ outcome: outcomeOf(error) }));
  socket.on('message', (message) => {
    const { via, peer } = JSON.parse(message.toString()) as { via: string; peer: string };
    reports.push({ outcome: 'answered', via, peer });
  });
  const isBound = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(from?.port ?? 0, from?.address, () => resolve(true));
  });
  if (!isBound) return reports;
  // A connected socket is told of ICMP errors.
  const refused = await new Promise<Error | undefined>((resolve) =>
    socket.connect(to.port, to.address, (error?: Error) => resolve(error)),
  );
  if (refused !== undefined) reports.push({ outcome: outcomeOf(refused) });
  for (let sent = 0; refused === undefined && sent < count; sent++) {
    if (sent > 0 && intervalMs > 0) await pause(intervalMs);
    socket.send(JSON.stringify({ tag, silent }), (error) => {
      if (error !== null && error !== undefined) reports.push({ outcome: outcomeOf(error) });
    });
  }
  await untilAnswered(reports, silent ? Number.POSITIVE_INFINITY : count, waitMs);
  socket.close();
  return reports.length > 0 || silent ? reports : [{ outcome: 'timeout' }];
}

/** Waits for as many reports as were asked for, at most `waitMs`. */
async function untilAnswered(reports: readonly FlowReport[], wanted: number, waitMs: number): Promise<void> {
  const STEP_MS = 10;
  for (let waited = 0; waited < waitMs && reports.length < wanted; waited += STEP_MS) await pause(STEP_MS);
}
