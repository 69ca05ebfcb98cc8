import { createConnection, type Socket } from 'node:net';
import type { ConnectRequest, Endpoint, FlowOrigin, FlowOutcome, FlowReport } from './protocol.ts';

/** Opens `count` connections, at most `concurrency` at a time, and tells what became of each. */
export async function connectMany(request: ConnectRequest): Promise<readonly FlowReport[]> {
  const reports: FlowReport[] = [];
  let left = request.count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      reports.push(await connectOnce(request));
    }
  };
  await Promise.all(Array.from({ length: Math.min(request.concurrency, request.count) }, worker));
  return reports;
}

export function connectOnce({ to, from, timeoutMs }: ConnectRequest): Promise<FlowReport> {
  return new Promise((resolve) => {
    const socket = dial(to, from);
    let heard = '';
    let connected = false;
    const timer = setTimeout(() => finish({ outcome: connected ? 'silent' : 'timeout' }), timeoutMs);
    const finish = (report: FlowReport): void => {
      clearTimeout(timer);
      // A reset leaves no TIME_WAIT behind, so that the same ports can be used again at once. One that is still
      // connecting would be kept until it has connected.
      if (connected) socket.resetAndDestroy();
      else socket.destroy();
      resolve(report);
    };
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      const greeting = readGreeting(heard);
      if (greeting !== undefined) finish({ outcome: 'answered', ...greeting });
    });
    socket.on('error', (error) => finish({ outcome: outcomeOf(error) }));
  });
}

export function dial(to: Endpoint, from: FlowOrigin | undefined): Socket {
  return createConnection({
    host: to.address,
    port: to.port,
    noDelay: true,
    ...(from?.address === undefined ? {} : { localAddress: from.address }),
    ...(from?.port === undefined ? {} : { localPort: from.port }),
  });
}

/** The listener's first line, once it is whole. */
export function readGreeting(text: string): { readonly via: string; readonly peer: string } | undefined {
  const end = text.indexOf('\n');
  return end === -1 ? undefined : (JSON.parse(text.slice(0, end)) as { via: string; peer: string });
}

export function outcomeOf(error: Error): FlowOutcome {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EACCES':
    case 'EINVAL':
      // `unreachable`, `prohibit` and `blackhole` routes on this machine itself give these (EINVAL: blackhole).
      return 'unreachable';
    case 'ETIMEDOUT':
      return 'timeout';
    default:
      return `error ${code}`;
  }
}
