import type { ChildProcess } from 'node:child_process';
import type { Conversation, ProcessResult, RunOptions } from '../host.ts';
import { gather } from './gather.ts';
import { isOutOfFiles, reasonOf } from './reasons.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** A ruleset listing of a big router has tens of megabytes; execa's own limit of 100 MB counts characters. */
const MAX_OUTPUT = 1_000_000_000;

/** Node's own part that starts children costs 3 ms to load, which a command that starts none never pays. */
export const loadChildProcess = () => process.getBuiltinModule('node:child_process');

/** execa costs some 20 ms to load, so a command that runs nothing never pays for it. */
const loadExeca = (): Promise<typeof import('execa')> => import('execa');

export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  const { execa } = await loadExeca();
  const child = execa(program, args, {
    env: childEnvironment(options.env),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: MAX_OUTPUT,
    // A group of its own: Ctrl-C reaches polywan alone, which ends its transaction in order, and a timeout takes
    // grandchildren along, which would hold the pipes open.
    detached: true,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.unheard === true ? ({ stdout: 'ignore', stderr: 'ignore' } as const) : {}),
  });
  const timer = endGroupAfter(child.pid, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const result = await child;
  timer.stop();
  // Without pipes that grandchildren hold open, the end of the child is not theirs.
  if (options.unheard === true) signalGroup(child.pid, 'SIGKILL');
  return {
    code: result.exitCode ?? null,
    stdout: result.stdout ?? '',
    stderr: startFailure(result) ?? result.stderr ?? '',
    ...(result.signal === undefined ? {} : { signal: result.signal }),
    ...(result.code === 'ENOENT' ? { missing: true } : {}),
    ...(timer.fired() ? { timedOut: true } : {}),
  };
}

/** SIGTERM to the whole group after `timeoutMs`, SIGKILL a second later: more than any system tool needs to end. */
function endGroupAfter(
  pid: number | undefined,
  timeoutMs: number,
): { readonly stop: () => void; readonly fired: () => boolean } {
  let fired = false;
  let timer = setTimeout(() => {
    fired = true;
    signalGroup(pid, 'SIGTERM');
    timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), 1000);
  }, timeoutMs);
  return { stop: () => clearTimeout(timer), fired: () => fired };
}

export function signalGroup(pid: number | undefined, signal: NodeJS.Signals = 'SIGTERM'): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has gone in the meantime.
  }
}

/** Why a program did not even start, as text where its own errors would be. */
function startFailure(result: {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
}): string | undefined {
  return result.exitCode === undefined && result.signal === undefined ? result.originalMessage : undefined;
}

function whyNotStarted(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return isOutOfFiles(code) ? `it could not be started: ${reasonOf(code)}` : error.message;
}

/** Returns at once, as execa, being loaded on demand, cannot. */
export function converse(
  program: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Conversation {
  // A group of its own, as in `run`: Ctrl-C is polywan's to answer, and a kill takes grandchildren along.
  // Without pipes, against Node's own word, where no more files can be opened.
  const child: ChildProcess = loadChildProcess().spawn(program, args, {
    env: childEnvironment(env),
    detached: true,
  });
  const stdout = gather(child.stdout);
  const stderr = gather(child.stderr);
  // A child that is gone says so through `ended`; the broken pipe adds nothing.
  child.stdin?.on('error', () => {});
  const ended = new Promise<ProcessResult>((done) => {
    child.on('error', (error) =>
      done({
        code: null,
        stdout: stdout.rest(),
        stderr: whyNotStarted(error),
        missing: 'code' in error && error.code === 'ENOENT',
      }),
    );
    child.on('close', (code, signal) =>
      done({
        code,
        stdout: stdout.rest(),
        stderr: stderr.rest(),
        ...(signal === null ? {} : { signal }),
      }),
    );
  });
  return {
    pid: child.pid ?? -1,
    write: (text) => {
      child.stdin?.write(text);
    },
    onOutput: stdout.listen,
    onErrors: stderr.listen,
    end: () => {
      child.stdin?.end();
      return ended;
    },
    kill: (signal) => signalGroup(child.pid, signal),
    ended,
  };
}

/** A session of its own and no pipes: neither the end of this process nor of its terminal reaches it. */
export function detach(
  program: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): number {
  const child = loadChildProcess().spawn(program, args, {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: childEnvironment(env),
  });
  // Without a listener a program that is missing would end this process too; the pid says it.
  child.on('error', () => {});
  child.unref();
  return child.pid ?? -1;
}

/**
 * What children get to see. NODE_EXTRA_CA_CERTS costs a Node child 37 ms, NODE_OPTIONS may hold a debugger's hooks, and the
 * launcher has memory laid out for a program of this size; Debian keeps ip and nft in sbin, which an ordinary user's PATH
 * does not name.
 */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const {
    NODE_EXTRA_CA_CERTS: _certificates,
    NODE_OPTIONS: _options,
    GLIBC_TUNABLES: _memory,
    ...kept
  } = process.env;
  const path = [kept.PATH ?? '/usr/bin:/bin', '/usr/sbin', '/sbin'].join(':');
  return { ...kept, PATH: path, ...extra };
}
