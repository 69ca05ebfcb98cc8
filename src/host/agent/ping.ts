import { execFile } from 'node:child_process';
import type { FlowOutcome, PingRequest } from './protocol.ts';

/** By the program: a socket for echo requests is none of Node's. */
export function ping({ to, from, timeoutMs }: PingRequest): Promise<FlowOutcome> {
  const family = to.includes(':') ? '-6' : '-4';
  const seconds = String(Math.ceil(timeoutMs / 1000));
  const source = from === undefined ? [] : ['-I', from];
  return new Promise((resolve) => {
    execFile('ping', [family, '-n', '-c', '1', '-W', seconds, ...source, to], (error, stdout, stderr) => {
      if (error === null) resolve('answered');
      else resolve(/unreachable/i.test(stdout + stderr) ? 'unreachable' : 'timeout');
    });
  });
}
