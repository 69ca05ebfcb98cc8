import type { Host } from '../../host/host.ts';
import type { Demand } from '../decide/decision.ts';

/** Has what may be demanded next prepared while nothing else is to be done. */
export interface Foresight {
  /** What was prepared may be out of date. */
  soon(): void;
  /** A demand was enacted: the next may follow soon. */
  enacted(): void;
  stop(): void;
}

/** What a failover leaves to be done is done by then. */
const SOON_MS = 1000;
/** Where routes come and go all the time, plans for naught are not to take more than a hundredth of a processor. */
const PAUSE_MS = 5000;
const APART_MS = 50;

export function foresight(
  host: Pick<Host, 'after' | 'monotonicMs'>,
  failures: () => readonly Demand[],
  prepare: (demand: Demand) => void,
): Foresight {
  let cancel: (() => void) | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;

  const prepareNext = ([next, ...rest]: readonly Demand[]): void => {
    cancel = undefined;
    if (next === undefined) return;
    lastMs = host.monotonicMs();
    prepare(next);
    // One by one: whatever happens meanwhile waits for none but the one under way.
    cancel = host.after(APART_MS, () => prepareNext(rest));
  };
  const stop = (): void => {
    cancel?.();
    cancel = undefined;
  };
  return {
    soon: () => {
      const wait = Math.max(SOON_MS, lastMs + PAUSE_MS - host.monotonicMs());
      cancel ??= host.after(wait, () => prepareNext(failures()));
    },
    enacted: () => {
      lastMs = Number.NEGATIVE_INFINITY;
      stop();
    },
    stop,
  };
}
