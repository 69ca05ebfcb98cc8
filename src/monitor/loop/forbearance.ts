import type { Host } from '../../host/host.ts';

/** In less the kernel is done with a device that goes, and its routes have been looked at since. */
export const GONE_MS = 200;

/** A device that goes takes its addresses and routes along one by one: what is refused meanwhile is tried again. */
export interface Forbearance {
  /** Whether a refusal is passed over and its work done again: not where the first is longer ago than a device takes. */
  bears(): boolean;
  /** The work was done. */
  end(): void;
}

/** `again` is told whether it is the first refusal in a row. */
export function forbearance(host: Host, again: (isFirst: boolean) => void): Forbearance {
  let since: number | undefined;
  return {
    bears: () => {
      const now = host.monotonicMs();
      if (since !== undefined && now - since >= GONE_MS) return false;
      again(since === undefined);
      since ??= now;
      return true;
    },
    end: () => {
      since = undefined;
    },
  };
}
