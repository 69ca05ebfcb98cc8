import type { AgentAnswers, AgentLine, AgentRequest } from '../host/agent/protocol.ts';
import type { Host } from '../host/host.ts';
import { lineSplitter } from '../host/line-splitter.ts';
import { LabError } from './lab-error.ts';

/** A running agent in one of the lab's machines. */
export interface Agent {
  ask<Request extends AgentRequest>(request: Request): Promise<AgentAnswers[Request['op']]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the agent program in a namespace; every question still open fails when it ends. */
export function startAgent(host: Host, namespace: string, program: readonly string[], uid?: number): Agent {
  const words = [...program, ...(uid === undefined ? [] : [String(uid)])];
  const talk = host.converse('ip', ['netns', 'exec', namespace, ...words]);
  const waiting = new Map<number, Waiting>();
  let gone: LabError | undefined;
  let next = 0;
  const linesOf = lineSplitter();
  talk.onOutput((chunk) => {
    for (const line of linesOf(chunk)) settle(waiting, JSON.parse(line) as AgentLine);
  });
  void talk.ended.then((result) => {
    gone = new LabError(`the agent in ${namespace} has ended: ${result.stderr.trim() || 'without a word'}`);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  });
  return {
    ask: <Request extends AgentRequest>(request: Request) =>
      new Promise<AgentAnswers[Request['op']]>((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        next += 1;
        waiting.set(next, { resolve: (answer) => resolve(answer as AgentAnswers[Request['op']]), reject });
        talk.write(`${JSON.stringify({ id: next, ...request })}\n`);
      }),
    close: async () => {
      talk.kill('SIGKILL');
      await talk.ended;
    },
  };
}

function settle(waiting: Map<number, Waiting>, line: AgentLine): void {
  const question = waiting.get(line.id);
  waiting.delete(line.id);
  if ('error' in line) question?.reject(new LabError(line.error));
  else question?.resolve(line.answer);
}
