import type { Host } from '../host/host.ts';

/** Far more than it takes to read what waits in pipes. */
const HEARING_MS = 50;

/**
 * Does `work` later, as `host.after` does, and hears first what came meanwhile: where this process itself stood still (Ctrl-Z,
 * a virtual machine that was paused) its time is over, though the answer may be there.
 */
export function afterHearing(host: Host, ms: number, work: () => void): () => void {
  let callOff = host.after(ms, () => {
    callOff = host.after(HEARING_MS, work);
  });
  return () => callOff();
}
