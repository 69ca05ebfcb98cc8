import { runningMonitor } from '../../apply/demand.ts';
import { statePath } from '../../apply/state-dir.ts';
import type { Host } from '../../host/host.ts';
import { type Answer, type Question, SOCKET } from './question.ts';

/** The daemon answers from memory; one that takes longer hangs, even where the machine stood still for a second or two. */
const PATIENCE_MS = 5000;

/** A daemon that lives, and has not answered: it hangs, is stopped, or has only just been started. */
export interface Silence {
  readonly answer: 'none';
  readonly pid: number;
}

/** The running daemon's answer; undefined when none runs here. */
export async function ask(host: Host, question: Question): Promise<Answer | Silence | undefined> {
  const line = await host.askSocket(statePath(host, SOCKET), JSON.stringify(question), PATIENCE_MS);
  if (line !== undefined) return JSON.parse(line) as Answer;
  const running = runningMonitor(host);
  return running && { answer: 'none', pid: running.pid };
}
