import { HostError, type Server } from '../host.ts';

/** Answers GET and HEAD requests for one path, whatever is asked behind it, and nothing else. */
export async function serveHttp(
  address: string,
  port: number,
  path: string,
  answer: () => Promise<{ readonly type: string; readonly text: string }>,
): Promise<Server> {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    const [asked] = (request.url ?? '').split('?');
    if (asked !== path || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(404).end();
      return;
    }
    // Of an answer to HEAD Node leaves out the body by itself.
    void answer().then(({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text));
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      fail(new HostError(error.code ?? '', address, `cannot listen on ${address}:${port}: ${reason}`));
    });
    server.listen(port, address, done);
  });
  return {
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
