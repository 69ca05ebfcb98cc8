import { Refusal } from '../../apply/refusal.ts';
import { statePath } from '../../apply/state-dir.ts';
import { unknownWan } from '../../config/unknown-wan.ts';
import { type Host, type Server, SOCKET_PATH_BYTES } from '../../host/host.ts';
import type { Monitor } from '../loop/monitor.ts';
import type { MonitorStatus } from './monitor-status.ts';
import { type Answer, type Question, SOCKET, SOCKET_MODE } from './question.ts';

/** A monitor that nobody could ask anything is not begun. */
export function refuseLongSocket(host: Host): void {
  const path = statePath(host, SOCKET);
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= SOCKET_PATH_BYTES) return;
  throw new Refusal(
    `the monitor cannot listen on ${path}: a socket's name has ${SOCKET_PATH_BYTES} bytes at most, this one ${bytes}; POLYWAN_STATE_DIR must name a shorter place; nothing was changed`,
  );
}

/** Answers questions on the daemon's socket until it is stopped. */
export function serve(host: Host, monitor: Monitor, status: () => MonitorStatus): Promise<Server> {
  return host.serveSocket(statePath(host, SOCKET), SOCKET_MODE, async (line) =>
    JSON.stringify(answerLine(line, monitor, status)),
  );
}

function answerLine(line: string, monitor: Monitor, status: () => MonitorStatus): Answer {
  const question = parse(line);
  switch (question?.ask) {
    case 'status':
      return { answer: 'status', status: status() };
    case 'reload':
      monitor.reload();
      return { answer: 'done' };
    case 'wan': {
      const known = monitor.state().wans.map(({ wan }) => wan.name);
      if (!known.includes(question.wan))
        return { answer: 'refused', message: unknownWan(question.wan, known) };
      monitor.tell({ kind: 'admin', wan: question.wan, word: question.word });
      return { answer: 'done' };
    }
    default:
      return { answer: 'refused', message: 'no question that this version of polywan knows' };
  }
}

/** From this machine's own commands, perhaps of another version. */
function parse(line: string): Question | undefined {
  try {
    const question = JSON.parse(line) as Question;
    if (question.ask !== 'wan') return question;
    return ['up', 'down', 'auto'].includes(question.word) ? question : undefined;
  } catch {
    return undefined;
  }
}
