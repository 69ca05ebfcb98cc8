import { createInterface } from 'node:readline';
import { startCadence, stopCadence } from './agent/cadence.ts';
import { connectMany } from './agent/connect.ts';
import { sendDatagrams } from './agent/datagrams.ts';
import { listen, seenFlows } from './agent/listen.ts';
import { ping } from './agent/ping.ts';
import type { AgentLine, AgentRequest } from './agent/protocol.ts';
import { reportTransfer, startTransfer } from './agent/transfer.ts';

/** One of the lab's machines: reads questions from standard input until it closes, answers on standard output. */
function agent(): void {
  const uid = process.argv[2];
  // Given up only after the program has been read: another user may not be able to.
  if (uid !== undefined) process.setuid?.(Number(uid));
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => void answer(line));
  lines.on('close', () => process.exit(0));
}

async function answer(line: string): Promise<void> {
  const { id, ...request } = JSON.parse(line) as AgentRequest & { id: number };
  try {
    say({ id, answer: await handle(request) });
  } catch (error) {
    say({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

function say(line: AgentLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function handle(request: AgentRequest): unknown {
  switch (request.op) {
    case 'listen':
      return listen(request);
    case 'connect':
      return connectMany(request);
    case 'datagrams':
      return sendDatagrams(request);
    case 'ping':
      return ping(request);
    case 'received':
      return seenFlows(request.tag);
    case 'transfer-start':
      return startTransfer(request);
    case 'transfer-status':
      return reportTransfer(request.transfer, false);
    case 'transfer-stop':
      return reportTransfer(request.transfer, true);
    case 'cadence-start':
      return startCadence(request);
    case 'cadence-stop':
      return stopCadence(request.cadence);
  }
}

agent();
