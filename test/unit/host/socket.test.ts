import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SOCKET_PATH_BYTES } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-socket-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const pathOf = (bytes: number): string => join(folder, 'x'.repeat(bytes - folder.length - 1));
const echo = async (line: string): Promise<string> => line;
/** Longer than a machine ever stands still. */
const PATIENCE_MS = 30_000;

describe('a socket', () => {
  it('whose name is as long as one may be answers', async () => {
    const path = pathOf(SOCKET_PATH_BYTES);
    const server = await nodeHost().serveSocket(path, 0o600, echo);
    expect(await nodeHost().askSocket(path, 'who', PATIENCE_MS)).toBe('who');
    server.stop();
  });

  it('with a longer name is refused, is nowhere else instead, and is not asked under another name', async () => {
    const path = pathOf(SOCKET_PATH_BYTES + 1);
    await expect(nodeHost().serveSocket(path, 0o600, echo)).rejects.toThrow(
      `cannot listen on ${path}: the name is too long`,
    );
    expect(readdirSync(folder)).toEqual([]);
    const server = await nodeHost().serveSocket(path.slice(0, SOCKET_PATH_BYTES), 0o600, echo);
    expect(await nodeHost().askSocket(path, 'who', PATIENCE_MS)).toBeUndefined();
    server.stop();
  });

  it('in a folder that is not there is refused in words', async () => {
    const path = join(folder, 'none', 'socket');
    await expect(nodeHost().serveSocket(path, 0o600, echo)).rejects.toMatchObject({
      name: 'HostError',
      message: expect.stringContaining(`cannot listen on ${path}: `),
    });
  });
});
