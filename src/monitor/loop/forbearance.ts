import type { Host } from '../../host/host.ts';

/** In less the kernel is done with a device that goes, and its routes have been looked at since. */
export const GONE_MS = 200;

/** A device that goes takes its addresses and routes along one by one: what is refused meanwhile is tried again. */
export interface Forbearance {
  /**
   * Whether a refusal is passed over and its work done again: not where the first is longer ago than a device takes, unless
   * it was among other `devices`. One that came back and went once more is another one.
   */
  bears(devices?: string): boolean;
  /** The work was done. */
  end(): void;
}

/** `again` is told whether it is the first refusal in a row. */
export function forbearance(host: Host, again: (isFirst: boolean) => void): Forbearance {
  let first: { readonly at: number; readonly devices: string } | undefined;
  return {
    bears: (devices = '') => {
      const now = host.monotonicMs();
      if (first?.devices !== devices) first = undefined;
      if (first !== undefined && now - first.at >= GONE_MS) return false;
      again(first === undefined);
      first ??= { at: now, devices };
      return true;
    },
    end: () => {
      first = undefined;
    },
  };
}
