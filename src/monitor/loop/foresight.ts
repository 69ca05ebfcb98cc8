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

/** What a failover leaves to be done is done by then, but for connections that another process ends. */
const SOON_MS = 250;
/**
 * Where routes come and go all the time, plans are for naught: each time it is waited for twice as long, up to this. Then
 * they take no more than a hundredth of a processor.
 */
const LONGEST_MS = 5000;
const APART_MS = 50;

export function foresight(
  host: Pick<Host, 'after' | 'monotonicMs'>,
  failures: () => readonly Demand[],
  prepare: (demand: Demand) => void,
): Foresight {
  let cancel: (() => void) | undefined;
  let isUnderWay = false;
  /** Something changed while it was under way: what came first may be out of date. */
  let again = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  let pauseMs = SOON_MS;

  const begin = (): void => {
    isUnderWay = true;
    lastMs = host.monotonicMs();
    pauseMs = Math.min(2 * pauseMs, LONGEST_MS);
    prepareNext(failures());
  };
  const prepareNext = ([next, ...rest]: readonly Demand[]): void => {
    if (next === undefined) {
      const isAgain = again;
      stop();
      if (isAgain) soon();
      return;
    }
    prepare(next);
    // One by one: whatever happens meanwhile waits for none but the one under way.
    cancel = host.after(APART_MS, () => prepareNext(rest));
  };
  const soon = (): void => {
    again = isUnderWay;
    if (cancel !== undefined) return;
    const now = host.monotonicMs();
    if (now - lastMs >= LONGEST_MS) pauseMs = SOON_MS;
    cancel = host.after(Math.max(SOON_MS, lastMs + pauseMs - now), begin);
  };
  const stop = (): void => {
    cancel?.();
    cancel = undefined;
    isUnderWay = false;
    again = false;
  };
  return {
    soon,
    enacted: () => {
      lastMs = Number.NEGATIVE_INFINITY;
      stop();
    },
    stop,
  };
}
