import type { Conversation, Host } from '../../host/host.ts';
import { lineSplitter } from '../../host/line-splitter.ts';
import { restarts } from '../restarts.ts';
import { onceListening } from './once-listening.ts';

/** A child that tells, for as long as it is wanted. */
export interface Following {
  stop(): void;
}

/**
 * Follows a program's lines, and starts it again when it ends. `missed` is called when it ends and whenever it listens anew:
 * what happened before is not told, so the caller looks for itself.
 */
export function follow(
  host: Host,
  program: string,
  args: readonly string[],
  hear: { readonly line: (line: string) => void; readonly missed: () => void },
): Following {
  const pauses = restarts();
  let stopped = false;
  let child: Conversation | undefined;
  let cancel = (): void => {};
  const start = (): void => {
    const startedAt = host.monotonicMs();
    const linesOf = lineSplitter();
    child = host.converse(program, args);
    child.onErrors(() => {});
    child.onOutput((chunk) => {
      for (const line of linesOf(chunk)) if (!stopped) hear.line(line);
    });
    cancel = onceListening(host, child.pid, hear.missed);
    void child.ended.then(() => {
      if (stopped) return;
      cancel();
      cancel = host.after(pauses.next(host.monotonicMs() - startedAt), start);
      // Also where it ends again and again before it listens: nobody tells what happens meanwhile.
      hear.missed();
    });
  };
  start();
  return {
    stop: () => {
      stopped = true;
      cancel();
      child?.kill();
    },
  };
}
