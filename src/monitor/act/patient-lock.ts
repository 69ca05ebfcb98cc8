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
        ready ??= makeReadyLock(host, MONITOR);
        let isBegun = false;
        const begin = (): ReturnType<typeof work> => {
          isBegun = true;
          return work();
        };
        try {
          return await withLock(host, MONITOR, begin, ready);
        } catch (error) {
          if (isBegun) throw error;
          if (error instanceof LockHeld) await host.sleep(RETRY_MS);
          else if (!(error instanceof HostError)) throw error;
          // Somebody tidied up: it is written anew.
          else if (error.code === 'ENOENT' && error.path === ready.path) ready = undefined;
          // Where no lock can be made, no other command can make one either, and traffic has to move.
          else return work();
        }
      }
    },
    stop: () => {
      try {
        if (ready !== undefined) host.removeFile(ready.path);
      } catch (error) {
        // What stays of it is written anew by the next monitor.
        if (!(error instanceof HostError)) throw error;
      }
    },
  };
}
