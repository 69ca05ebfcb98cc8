import type { Host } from '../../../src/host/host.ts';

/** A clock that stands until it is told to go on, with the timers of `after`. */
export interface FakeClock {
  readonly after: Host['after'];
  monotonicMs(): number;
  now(): number;
  /** Lets so much time pass, and every timer in it go off at its time. */
  pass(ms: number): void;
}

/** The wall clock is so far ahead of the monotonic one. */
export function fakeClock(aheadMs = 1_000_000): FakeClock {
  let at = 0;
  let timers: { readonly at: number; readonly work: () => void }[] = [];
  return {
    monotonicMs: () => at,
    now: () => at + aheadMs,
    after: (ms, work) => {
      const timer = { at: at + ms, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    pass: (ms) => {
      const end = at + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((each) => each !== next);
        at = Math.max(at, next.at);
        next.work();
      }
      at = end;
    },
  };
}

/** A host that can only do what a test gives it; anything else fails the test. */
export function fakeHost(parts: Partial<Host>): Host {
  return new Proxy(parts, {
    get: (given, name) => {
      const part = Reflect.get(given, name);
      if (part === undefined) throw new Error(`the host was asked for ${String(name)}`);
      return part;
    },
  }) as Host;
}

/** Files of one flat folder, in memory. */
export function fakeFiles(files: Map<string, string>): Partial<Host> {
  return {
    env: () => undefined,
    resolvePath: (...parts) => parts.join('/'),
    readFile: (path) => files.get(path),
    writeFile: (path, text) => void files.set(path, text),
    appendFile: (path, text) => void files.set(path, (files.get(path) ?? '') + text),
    renameFile: (from, to) => {
      files.set(to, files.get(from) ?? '');
      files.delete(from);
    },
    fileSize: (path) => files.get(path)?.length ?? 0,
    removeFile: (path) => void files.delete(path),
    makeDirectory: () => {},
  };
}
