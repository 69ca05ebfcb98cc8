import type { Host } from '../../host/host.ts';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * By then sets of a million elements are read. A program that a wrapper started has another pid and is never seen to listen:
 * by then it is taken to do so.
 */
const LATEST_MS = 60_000;

/**
 * Calls `work` once the process listens to changes in the kernel, unless the returned function calls it off. A program does
 * not say when that is: `nft monitor` reads the whole ruleset first, a second and more of large sets.
 */
export function onceListening(host: Host, pid: number, work: () => void): () => void {
  const until = host.monotonicMs() + LATEST_MS;
  let cancel = (): void => {};
  const askIn = (pauseMs: number): void => {
    cancel = host.after(pauseMs, () => {
      if (listens(host, pid) || host.monotonicMs() >= until) work();
      else askIn(Math.min(2 * pauseMs, LONGEST_PAUSE_MS));
    });
  };
  askIn(FIRST_PAUSE_MS);
  return () => cancel();
}

/** The kernel lists each netlink socket with, among others, the process that opened it and a mask of the groups it hears. */
function listens(host: Host, pid: number): boolean {
  const sockets = host.readFile('/proc/net/netlink')?.split('\n') ?? [];
  return sockets.some((line) => {
    const [, , owner, groups = ''] = line.split(/\s+/);
    return owner === String(pid) && /[^0]/.test(groups);
  });
}
