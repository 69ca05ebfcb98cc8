import type { LookupFunction } from 'node:net';
import type { Endpoint, HttpAnswer, Network, NetworkFailure } from '../host.ts';
import { patientLookUp } from './patient-look-up.ts';

/** Enough for any status page; a probe must not fetch files. */
const MAX_BODY = 65_536;

/** Tries before a socket is given up because others have its port. */
const PORT_TRIES = 4;

let ports = 0;

/** Loaded on demand: only the daemon asks anything of the network. */
export const network: Network = {
  connect: async (to, timeoutMs) => {
    const { connect } = await import('node:net');
    return onFreePort(to, (localPort) => {
      return new Promise<'connected' | NetworkFailure | 'taken'>((resolve) => {
        const { host, port, family, localAddress } = to;
        const socket = connect({ host, port, family, localAddress, localPort, autoSelectFamily: false });
        const end = (result: 'connected' | NetworkFailure | 'taken'): void => {
          clearTimeout(timer);
          // A reset instead of the four-way close: the probe leaves no TIME_WAIT behind.
          if (result === 'connected') socket.resetAndDestroy();
          else socket.destroy();
          resolve(result);
        };
        const timer = setTimeout(() => end('silent'), timeoutMs);
        socket.on('connect', () => end('connected'));
        socket.on('error', (error) => end(failureOrTaken(error)));
      });
    });
  },
  get: async (url, to, timeoutMs) => {
    const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
    return onFreePort(to, (localPort) => {
      return new Promise<HttpAnswer | NetworkFailure | 'taken'>((resolve) => {
        let timer: NodeJS.Timeout | undefined;
        const { family, localAddress } = to;
        const lookup = knownAddress(to);
        const headers = { connection: 'close' };
        const options = { family, localAddress, localPort, lookup, agent: false, headers } as const;
        const request = get(url, options, (answer) => {
          let body = '';
          const end = (): void => {
            clearTimeout(timer);
            request.destroy();
            resolve({ status: answer.statusCode ?? 0, body } satisfies HttpAnswer);
          };
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            body = (body + chunk).slice(0, MAX_BODY);
            if (body.length === MAX_BODY) end();
          });
          answer.on('end', end);
          answer.on('error', end);
        });
        request.on('error', (error) => {
          clearTimeout(timer);
          resolve(failureOrTaken(error));
        });
        timer = setTimeout(() => {
          resolve('silent');
          request.destroy();
        }, timeoutMs);
      });
    });
  },
  exchange: async <T>(
    to: Endpoint & { readonly port: number },
    message: Uint8Array,
    read: (answer: Uint8Array) => T | undefined,
    timeoutMs: number,
  ) => {
    const { createSocket } = await import('node:dgram');
    return onFreePort(to, (localPort) => {
      return new Promise<T | NetworkFailure | 'taken'>((resolve) => {
        const socket = createSocket(to.family === 6 ? 'udp6' : 'udp4');
        let isOver = false;
        const end = (result: T | NetworkFailure | 'taken'): void => {
          if (isOver) return;
          isOver = true;
          clearTimeout(timer);
          socket.close();
          resolve(result);
        };
        const timer = setTimeout(() => end('silent'), timeoutMs);
        socket.on('error', (error) => end(failureOrTaken(error)));
        socket.on('message', (answer) => {
          const result = read(answer);
          if (result !== undefined) end(result);
        });
        // Connected, so that a refusal is told.
        socket.on('connect', () => socket.send(message));
        socket.bind({ address: to.localAddress, port: localPort }, () => {
          if (!isOver) socket.connect(to.port, to.host);
        });
      });
    });
  },
  lookUp: patientLookUp(async (host, family) => {
    const { lookup } = await import('node:dns/promises');
    return lookup(host, { family }).then(
      ({ address }) => address,
      () => undefined,
    );
  }),
};

/** The URL keeps its name, for the Host header and the certificate; the address was found before. */
function knownAddress({ host, family }: Endpoint): LookupFunction {
  return (_name, options, found) =>
    options.all === true ? found(null, [{ address: host, family }]) : found(null, host, family);
}

/** The next port of the range, and the ones after it while others have them. */
async function onFreePort<T>(
  { localPorts: { from, to } }: Endpoint,
  attempt: (localPort: number) => Promise<T | 'taken'>,
): Promise<T | 'unsent'> {
  for (let tries = 0; tries < PORT_TRIES; tries += 1) {
    ports = (ports + 1) % (to - from + 1);
    const result = await attempt(from + ports);
    if (result !== 'taken') return result;
  }
  return 'unsent';
}

function failureOrTaken(error: unknown): NetworkFailure | 'taken' {
  const code = codeOf(error);
  // In use, or lingering with the same far end.
  return code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL' ? 'taken' : failureOf(error);
}

/**
 * What routers on the way say of it, as the kernel tells it (icmp_err_convert, icmpv6_err_convert; EACCES is IPv6's
 * "prohibited"), and the own kernel for want of an answer from the neighbour. For want of a route it says the same, and a
 * socket cannot tell one from the other: whoever asks knows that there is one.
 */
const NO_WAY: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOPROTOOPT',
  'EHOSTDOWN',
  'ENONET',
  'EACCES',
]);

function failureOf(error: unknown): NetworkFailure {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE') return 'refused';
  if (NO_WAY.has(code)) return 'silent';
  if (/^(?:HPE_|ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return 'wrong';
  return 'unsent';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
