import type { Conversation, Host } from '../../host/host.ts';

/** Starts these programs before they are needed. */
export interface Spares {
  /** The host, whose `converse` gives a program that waits already, where there is one. */
  readonly host: Host;
  /** Whether it was one of the last that were given. */
  knows(pid: number): boolean;
  stop(): void;
}

export type SpareProgram = readonly [program: string, ...args: string[]];

/** The next one is started when the failover that took the last one has its processors for itself no more. */
const RENEW_MS = 250;

/** Of so many is told whose they were; what a ruleset's change says of its author comes within a second. */
const REMEMBERED = 16;

/**
 * A tool that reads its commands from standard input takes some 3 ms to start, a third of the time in which traffic is
 * to move. One that waits for its input has done that: it has seen nothing of the machine yet, and does nothing if its
 * input ends without a word, as when the daemon is killed.
 */
export function startSpares(host: Host, programs: readonly SpareProgram[]): Spares {
  const ready = new Map<string, Conversation>();
  const pending = new Set<() => void>();
  let given: readonly number[] = [];
  let stopped = false;
  const start = (words: SpareProgram): void => {
    const [program, ...args] = words;
    const child = host.converse(program, args);
    ready.set(words.join(' '), child);
    // One that died of something else is not missed: the next is started in the usual way.
    void child.ended.then(() => {
      if (ready.get(words.join(' ')) === child) ready.delete(words.join(' '));
    });
  };
  const renew = (words: SpareProgram): void => {
    const cancel = host.after(RENEW_MS, () => {
      pending.delete(cancel);
      if (!ready.has(words.join(' '))) start(words);
    });
    pending.add(cancel);
  };
  const converse: Host['converse'] = (program, args, env) => {
    const words: SpareProgram = [program, ...args];
    const key = words.join(' ');
    const child = ready.get(key);
    const isKnown = programs.some((each) => each.join(' ') === key);
    if (isKnown && !stopped) renew(words);
    ready.delete(key);
    const taken = child ?? host.converse(program, args, env);
    given = [...given.slice(1 - REMEMBERED), taken.pid];
    return taken;
  };
  for (const each of programs) start(each);
  return {
    host: { ...host, converse },
    knows: (pid) => given.includes(pid),
    stop: () => {
      stopped = true;
      for (const cancel of pending) cancel();
      for (const child of ready.values()) child.kill('SIGKILL');
    },
  };
}
