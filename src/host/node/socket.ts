import { chmodSync, unlinkSync } from 'node:fs';
import { HostError, type Server, SOCKET_PATH_BYTES } from '../host.ts';
import { reasonOf } from './reasons.ts';

/** A question is a word and a name or two; more is somebody else's protocol. */
const MAX_QUESTION = 65_536;

/** Every line that comes in is answered by a line. The socket is the path's, whoever left one there before. */
export async function serveSocket(
  path: string,
  mode: number,
  answer: (line: string) => Promise<string>,
): Promise<Server> {
  const { createServer } = await import('node:net');
  const server = createServer((socket) => {
    let partial = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (partial + chunk).split('\n');
      partial = lines.pop() ?? '';
      if (partial.length > MAX_QUESTION) socket.destroy();
      for (const line of lines) void answer(line).then((text) => socket.write(`${text}\n`));
    });
    // Who asks may leave before the answer.
    socket.on('error', () => {});
  });
  if (isTooLong(path)) throw unheard(path, 'ENAMETOOLONG');
  removeStale(path);
  await new Promise<void>((done, fail) => {
    server.once('error', ({ code = 'EIO' }: NodeJS.ErrnoException) => fail(unheard(path, code)));
    server.listen(path, done);
  });
  chmodSync(path, mode);
  return {
    stop: () => {
      server.close();
    },
  };
}

/** Of such a one Node would take the beginning, which may be somebody else's. */
function isTooLong(path: string): boolean {
  return Buffer.byteLength(path) > SOCKET_PATH_BYTES;
}

function unheard(path: string, code: string): HostError {
  return new HostError(code, path, `cannot listen on ${path}: ${reasonOf(code)}`);
}

function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // None was there; whatever else is wrong, listening says.
  }
}

/** One line asked, one answered; undefined when nobody listens there, or not in time. */
export async function askSocket(path: string, line: string, timeoutMs: number): Promise<string | undefined> {
  if (isTooLong(path)) return undefined;
  const { connect } = await import('node:net');
  return new Promise((done) => {
    const socket = connect(path);
    let text = '';
    const end = (answer: string | undefined): void => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(timeoutMs, () => end(undefined));
    socket.on('connect', () => socket.write(`${line}\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const stop = text.indexOf('\n');
      if (stop !== -1) end(text.slice(0, stop));
    });
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
  });
}
