import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../../src/host/node.ts';

/** Loopback has an address for every process: what others listen on or connect from in the meantime is not here. */
const ADDRESS = `127.${64 + (process.pid >> 16)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;

/** A port that nobody had a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, ADDRESS, done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the server of metrics', () => {
  it('answers GET and HEAD for its path, with or without a query, and nothing else', async () => {
    const port = await freePort();
    const text = 'polywan_wan_used 1\n';
    const server = await nodeHost().serveHttp(ADDRESS, port, '/metrics', async () => ({
      type: 'text/plain',
      text,
    }));
    const ask = async (method: string, path: string) => {
      const answer = await fetch(`http://${ADDRESS}:${port}${path}`, { method });
      return [answer.status, await answer.text()];
    };
    expect(await ask('GET', '/metrics')).toEqual([200, text]);
    expect(await ask('GET', '/metrics?x=1')).toEqual([200, text]);
    expect(await ask('HEAD', '/metrics')).toEqual([200, '']);
    expect(await ask('GET', '/metrics/more')).toEqual([404, '']);
    expect(await ask('POST', '/metrics')).toEqual([404, '']);
    server.stop();
  });
});
