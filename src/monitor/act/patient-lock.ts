import { LockHeld, MONITOR, makeReadyLock, RETRY_MS, type ReadyLock, withLock } from '../../apply/lock.ts';
import { type Host, HostError } from '../../host/host.ts';

/** The lock as the daemon takes it. */
export interface PatientLock {
  /** It does not give up because somebody applies: it waits for its turn, and says nothing. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** For good. */
  stop(): void;
}

/** What it is made of is written now: traffic that is to move would wait for a disk that is slow, twice. */
export function patientLock(host: Host): PatientLock {
  let ready: ReadyLock | undefined;
  return {
    hold: async (work) => {
      for (;;) {
        try {
          ready ??= makeReadyLock(host, MONITOR);
          return await withLock(host, MONITOR, work, ready);
        } catch (error) {
          // Somebody tidied up: it is written anew.
          if (error instanceof HostError && error.code === 'ENOENT' && error.path === ready?.path)
            ready = undefined;
          else if (error instanceof LockHeld) await host.sleep(RETRY_MS);
          else throw error;
        }
      }
    },
    stop: () => {
      if (ready !== undefined) host.removeFile(ready.path);
    },
  };
}
