/** Work on the kernel, one piece after the other, in the order it was given. */
export interface WorkQueue {
  /** A piece of a name that already waits is not given twice. With nothing under way it begins before this returns. */
  add(name: string, work: () => Promise<unknown>): void;
  /** When all that was given by now is done. */
  settled(): Promise<void>;
}

export function workQueue(fail: (name: string, error: unknown) => void): WorkQueue {
  const waiting = new Map<string, () => Promise<unknown>>();
  let busy = false;
  let running: Promise<void> = Promise.resolve();
  const runAll = async (): Promise<void> => {
    // What is given meanwhile comes last.
    for (const [name, work] of waiting) {
      waiting.delete(name);
      try {
        await work();
      } catch (error) {
        fail(name, error);
      }
    }
    busy = false;
  };
  return {
    add: (name, work) => {
      if (waiting.has(name)) return;
      waiting.set(name, work);
      if (busy) return;
      busy = true;
      running = runAll();
    },
    settled: () => running,
  };
}
