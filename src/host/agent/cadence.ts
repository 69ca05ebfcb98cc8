import { connectOnce } from './connect.ts';
import type { CadenceAttempt, CadenceStartRequest } from './protocol.ts';

interface Cadence {
  readonly attempts: Promise<CadenceAttempt>[];
  readonly timer: NodeJS.Timeout;
}

const cadences: Cadence[] = [];

/** Opens a connection every `everyMs`, each whatever became of those before, until it is stopped; gives its number. */
export function startCadence({ everyMs, ...to }: CadenceStartRequest): number {
  const attempts: Promise<CadenceAttempt>[] = [];
  const attempt = async (): Promise<CadenceAttempt> => {
    const [at, began] = [Date.now(), performance.now()];
    const report = await connectOnce({ ...to, op: 'connect', count: 1, concurrency: 1 });
    return { ...report, atMs: at, tookMs: performance.now() - began };
  };
  const timer = setInterval(() => attempts.push(attempt()), everyMs);
  return cadences.push({ attempts, timer }) - 1;
}

/** All attempts in their order, when the last one has ended. */
export async function stopCadence(id: number): Promise<readonly CadenceAttempt[]> {
  const cadence = cadences[id];
  if (cadence === undefined) throw new Error(`no cadence ${id}`);
  clearInterval(cadence.timer);
  return Promise.all(cadence.attempts);
}
