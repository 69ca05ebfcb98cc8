import { closeSync, constants, openSync, readSync, rmSync } from 'node:fs';
import type { Correspondence, ProcessResult } from '../host.ts';
import { childEnvironment, loadChildProcess, signalGroup } from './process.ts';

/** As much as a pipe holds. */
const PIPE_BYTES = 65_536;

interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/**
 * Node gives children sockets that wake it with each write, and makes no pipes. One with a name, which it loses at once, is
 * opened for both ends here; the reader's never waits.
 */
export function correspond(folder: string, program: string, args: readonly string[]): Correspondence {
  let pipe: Pipe;
  try {
    pipe = openPipe(`${folder}/pipe.${process.pid}`);
  } catch (error) {
    return unheard(error instanceof Error ? error.message : String(error));
  }
  const { reader, writer } = pipe;
  // A group of its own, as in `converse`.
  const child = loadChildProcess().spawn(program, args, {
    env: childEnvironment(),
    detached: true,
    stdio: ['ignore', writer, 'pipe'],
  });
  closeSync(writer);
  /** When it has ended: what was not collected by then. */
  let rest: string | undefined;
  let stderr = '';
  let hear = (chunk: string): void => {
    stderr += chunk;
  };
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => hear(chunk));
  const ended = new Promise<ProcessResult>((done) => {
    const end = (result: Omit<ProcessResult, 'stdout'>): void => {
      if (rest !== undefined) return;
      rest = readPipe(reader);
      closeSync(reader);
      done({ stdout: '', ...result });
    };
    child.on('error', (error) =>
      end({ code: null, stderr: error.message, missing: 'code' in error && error.code === 'ENOENT' }),
    );
    child.on('close', (code) => end({ code, stderr }));
  });
  return {
    collect: () => {
      if (rest === undefined) return readPipe(reader);
      const last = rest;
      rest = '';
      return last;
    },
    onErrors: (listen) => {
      hear = listen;
      if (stderr !== '') listen(stderr);
      stderr = '';
    },
    kill: (signal) => signalGroup(child.pid, signal),
    ended,
  };
}

/** What no pipe could be made for, as a child that ended at once. */
function unheard(why: string): Correspondence {
  const ended = Promise.resolve({ code: null, stdout: '', stderr: why });
  return { collect: () => '', onErrors: (listen) => listen(why), kill: () => {}, ended };
}

function openPipe(path: string): Pipe {
  // Of a process of this number that was killed on the way.
  rmSync(path, { force: true });
  const { error, status, stderr } = loadChildProcess().spawnSync('mkfifo', ['-m', '600', path], {
    env: childEnvironment(),
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr);
  let reader: number | undefined;
  try {
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader, writer: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    if (reader !== undefined) closeSync(reader);
    throw error;
  } finally {
    rmSync(path);
  }
}

const buffer = Buffer.allocUnsafeSlow(PIPE_BYTES);

function readPipe(reader: number): string {
  try {
    return buffer.toString('latin1', 0, readSync(reader, buffer));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return '';
    throw error;
  }
}
