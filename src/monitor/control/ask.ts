import { statePath } from '../../apply/state-dir.ts';
import type { Host } from '../../host/host.ts';
import { type Answer, type Question, SOCKET } from './question.ts';

/** The daemon answers from memory; one that takes longer hangs. */
const PATIENCE_MS = 2000;

/** The running daemon's answer; undefined when none runs here. */
export async function ask(host: Host, question: Question): Promise<Answer | undefined> {
  const line = await host.askSocket(statePath(host, SOCKET), JSON.stringify(question), PATIENCE_MS);
  return line === undefined ? undefined : (JSON.parse(line) as Answer);
}
