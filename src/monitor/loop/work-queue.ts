/** Work on the kernel, one piece after the other, in the order it was given. */
export interface WorkQueue {
  /** A piece of a name that already waits is not given twice. */
  add(name: string, work: () => Promise<void>): void;
  /** When all that was given by now is done. */
  settled(): Promise<void>;
}

export function workQueue(fail: (name: string, error: unknown) => void): WorkQueue {
  const waiting = new Set<string>();
  let tail: Promise<void> = Promise.resolve();
  return {
    add: (name, work) => {
      if (waiting.has(name)) return;
      waiting.add(name);
      tail = tail.then(async () => {
        waiting.delete(name);
        try {
          await work();
        } catch (error) {
          fail(name, error);
        }
      });
    },
    settled: () => tail,
  };
}
