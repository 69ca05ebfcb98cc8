import { LockHeld, MONITOR, withLock } from '../../apply/lock.ts';
import type { Host } from '../../host/host.ts';

/** An apply with 64 WANs holds the lock for some 300 ms; between two tries no failover is late by more than this. */
const RETRY_MS = 25;

/** The daemon does not give up because somebody applies: it waits for its turn, and says nothing. */
export async function lockPatiently<T>(host: Host, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await withLock(host, MONITOR, work);
    } catch (error) {
      if (!(error instanceof LockHeld)) throw error;
      await host.sleep(RETRY_MS);
    }
  }
}
