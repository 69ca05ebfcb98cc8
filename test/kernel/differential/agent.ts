import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Agent {
  readonly ask: (request: unknown) => Promise<unknown>;
  readonly end: () => void;
}

export function openAgent(namespace: string): Agent {
  const script = join(import.meta.dirname, 'agent.mjs');
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('no pipes');
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: stdout }).on('line', (line) => {
    const { answer, error } = JSON.parse(line) as { answer?: unknown; error?: string };
    const next = waiting.shift();
    if (error === undefined) next?.resolve(answer);
    else next?.reject(new Error(error));
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        stdin.write(`${JSON.stringify(request)}\n`);
      }),
    end: () => stdin.end(),
  };
}

/** A program in Perl that does what a line says, and says how it went. */
export interface Sender {
  readonly send: (words: readonly (string | number)[]) => Promise<string>;
  readonly end: () => void;
}

/** Node cannot mark a socket. */
export function openMarkedSender(namespace: string): Sender {
  return openSender(namespace, 'marked-sender.pl');
}

/** Node cannot send ICMP. */
export function openErrorSender(namespace: string): Sender {
  return openSender(namespace, 'error-sender.pl');
}

function openSender(namespace: string, name: string): Sender {
  const script = join(import.meta.dirname, name);
  const { stdin, stdout } = spawn('ip', ['netns', 'exec', namespace, 'perl', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: stdout }).on('line', (line) => waiting.shift()?.(line));
  return {
    send: (words) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        stdin.write(`${words.join(' ')}\n`);
      }),
    end: () => stdin.end(),
  };
}
