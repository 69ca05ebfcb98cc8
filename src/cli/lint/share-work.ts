import type { Conversation, Host } from '../../host/host.ts';
import { lineSplitter } from '../../host/line-splitter.ts';
import { AT_ONCE } from './in-turn.ts';
import type { LintedOne } from './lint-one.ts';
import type { PlannedMachine } from './plan-machines.ts';

/** The hidden option of polywan's own calls of itself. */
export const HELPER_OPTION = 'help-lint';

/**
 * Machines from which on another process pays: it takes a tenth of a second of processor time to start, and each machine
 * takes a few milliseconds.
 */
const WORTH_A_PROCESS = 100;

/** Beyond this the one process that gathers has too much to do. */
const MOST_HELPERS = 7;

/** What a helper is sent, on one line. */
export interface Task {
  readonly at: number;
  readonly machine: PlannedMachine;
}

/** What it answers, on one line. */
export interface Answer {
  readonly at: number;
  readonly linted: LintedOne;
}

/** Work that is done by other processes from its end on, while this one begins at the front. */
export interface SharedWork {
  /**
   * What another process makes of this machine. Undefined where it is still to be done: nobody has begun with it, nor
   * will anybody from now on, or the helper failed.
   */
  readonly take: (at: number) => Promise<LintedOne | undefined>;
  readonly end: () => void;
}

/** Gives away machines from `from` on, where that pays. */
export function shareWork(host: Host, machines: readonly PlannedMachine[], from: number): SharedWork {
  const answers = new Map<number, Promise<LintedOne | undefined>>();
  let front = from;
  let back = machines.length;
  /** The last machine that nobody has. */
  const next = (): Task | undefined => {
    const machine = back > front ? machines[back - 1] : undefined;
    if (machine === undefined) return undefined;
    back -= 1;
    return { at: back, machine };
  };
  const worthwhile = Math.floor((machines.length - from) / WORTH_A_PROCESS);
  const count = Math.max(0, Math.min(host.processors() - 1, worthwhile, MOST_HELPERS));
  if (worthwhile > 0) host.optimizeLate();
  const helpers = Array.from({ length: count }, () => startHelper(host, next, answers));
  return {
    take: async (at) => {
      // Machines are judged one after the other without a pause, in which a helper would not be heard.
      if (count > 0) await host.hearEvents();
      if (at < back) front = Math.max(front, at + 1);
      return answers.get(at);
    },
    end: () => {
      for (const helper of helpers) void helper.end();
    },
  };
}

function startHelper(
  host: Host,
  next: () => Task | undefined,
  answers: Map<number, Promise<LintedOne | undefined>>,
): Conversation {
  const [program, ...words] = host.self();
  const child = host.converse(program, [...words, 'lint', `--${HELPER_OPTION}`]);
  const waiting = new Map<number, (linted: LintedOne | undefined) => void>();
  const give = () => {
    const task = next();
    if (task === undefined) return;
    answers.set(task.at, new Promise((answered) => waiting.set(task.at, answered)));
    child.write(`${JSON.stringify(task)}\n`);
  };
  const linesOf = lineSplitter();
  child.onOutput((chunk) => {
    for (const line of linesOf(chunk)) {
      const { at, linted } = readAnswer(line) ?? {};
      if (at === undefined) return child.kill();
      waiting.get(at)?.(linted);
      waiting.delete(at);
      give();
    }
  });
  void child.ended.then(() => {
    for (const answered of waiting.values()) answered(undefined);
  });
  for (let count = 0; count < AT_ONCE; count += 1) give();
  return child;
}

/** From this very program, unless something has gone wrong there. */
function readAnswer(line: string): Answer | undefined {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return undefined;
  }
}
