import type { LookupFunction } from 'node:net';
import type { Endpoint, HttpAnswer, Network, NetworkFailure } from '../host.ts';

/** Enough for any status page; a probe must not fetch files. */
const MAX_BODY = 65_536;

/** Loaded on demand: only the daemon asks anything of the network. */
export const network: Network = {
  connect: async (to, timeoutMs) => {
    const { connect } = await import('node:net');
    return new Promise((done) => {
      const socket = connect({ ...to, autoSelectFamily: false });
      const end = (result: 'connected' | NetworkFailure): void => {
        clearTimeout(timer);
        // A reset instead of the four-way close: the probe leaves no TIME_WAIT behind.
        if (result === 'connected') socket.resetAndDestroy();
        else socket.destroy();
        done(result);
      };
      const timer = setTimeout(() => end('silent'), timeoutMs);
      socket.on('connect', () => end('connected'));
      socket.on('error', (error) => end(failureOf(error)));
    });
  },
  get: async (url, to, timeoutMs) => {
    const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
    return new Promise((done) => {
      let timer: NodeJS.Timeout | undefined;
      const lookup = knownAddress(to);
      const request = get(
        url,
        {
          family: to.family,
          localAddress: to.localAddress,
          lookup,
          agent: false,
          headers: { connection: 'close' },
        },
        (answer) => {
          let body = '';
          const end = (): void => {
            clearTimeout(timer);
            request.destroy();
            done({ status: answer.statusCode ?? 0, body } satisfies HttpAnswer);
          };
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            body = (body + chunk).slice(0, MAX_BODY);
            if (body.length === MAX_BODY) end();
          });
          answer.on('end', end);
          answer.on('error', end);
        },
      );
      request.on('error', (error) => {
        clearTimeout(timer);
        done(failureOf(error));
      });
      timer = setTimeout(() => {
        done('silent');
        request.destroy();
      }, timeoutMs);
    });
  },
  query: async (name, type, to, timeoutMs) => {
    const { Resolver } = await import('node:dns/promises');
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    resolver.setServers([to.family === 6 ? `[${to.host}]` : to.host]);
    resolver.setLocalAddress(...localAddresses(to));
    const answer = type === 'A' ? resolver.resolve4(name) : resolver.resolve6(name);
    return answer.catch((error: unknown) => {
      const code = codeOf(error);
      if (code === 'ENODATA') return [];
      if (code === 'ETIMEOUT') return 'silent';
      return /^E(?:NOTFOUND|SERVFAIL|FORMERR|NOTIMP|REFUSED|BADRESP)$/.test(code)
        ? 'wrong'
        : failureOf(error);
    });
  },
  lookUp: async (host, family) => {
    const { lookup } = await import('node:dns/promises');
    return lookup(host, { family }).then(
      ({ address }) => address,
      () => undefined,
    );
  },
};

/** The URL keeps its name, for the Host header and the certificate; the address was found before. */
function knownAddress({ host, family }: Endpoint): LookupFunction {
  return (_name, options, found) =>
    options.all === true ? found(null, [{ address: host, family }]) : found(null, host, family);
}

function localAddresses({ family, localAddress }: Endpoint): [string, string] {
  return family === 4 ? [localAddress, '::'] : ['0.0.0.0', localAddress];
}

function failureOf(error: unknown): NetworkFailure {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'EPIPE') return 'refused';
  // What a router, or the own kernel for want of an answer from the neighbour, says of the way.
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH') return 'silent';
  if (/^(?:HPE_|ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) return 'wrong';
  return 'unsent';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
