import type { Conversation, Host } from '../host/host.ts';
import { formatDuration, LONGEST_DURATION_MS, parseDuration } from '../net/duration.ts';
import { afterHearing } from './after-hearing.ts';
import { StepFailure } from './step-failure.ts';
import { WrongVariable } from './wrong-variable.ts';

/**
 * How long a tool may take for one thing it is asked. The longest that is no hang: iptables-restore waits for other
 * programs' lock, which a firewall that loads rule by rule holds for seconds.
 */
const PATIENCE_MS = 30_000;

/** The child's answer, or a failure that names the tool when it does not come in time; the child is killed then. */
export function inTime<T>(host: Host, program: string, child: Conversation, answer: Promise<T>): Promise<T> {
  const patienceMs = patienceOf(host);
  return new Promise((resolve, reject) => {
    const callOff = afterHearing(host, patienceMs, () => {
      child.kill('SIGKILL');
      reject(new StepFailure(program, `no answer within ${formatDuration(patienceMs)}; it was killed`));
    });
    answer.then(resolve, reject).finally(callOff);
  });
}

function patienceOf(host: Host): number {
  const text = host.env('POLYWAN_TOOL_TIMEOUT');
  if (text === undefined || text === '') return PATIENCE_MS;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0 || ms > LONGEST_DURATION_MS)
    throw new WrongVariable('POLYWAN_TOOL_TIMEOUT', text, 'it takes a duration such as 30s or 2m, up to 24d');
  return ms;
}
