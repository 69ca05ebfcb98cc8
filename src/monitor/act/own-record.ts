import { appliedStamp, readApplied } from '../../apply/records.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';

/** Another apply, a rollback to a site that was adopted before, or a remove. */
export type Overtaken =
  | { readonly how: 'applied' | 'removed' }
  | { readonly how: 'rolled-back'; readonly to: Site };

/** Whether the record of what is applied is still the daemon's own. Its time tells whose it is. */
export interface OwnRecord {
  /** It is of this site, which was just adopted: asked with the lock held, before it can be anybody else's. */
  take(site: Site): void;
  /** The daemon has written it anew. */
  wrote(): void;
  /** What somebody else did since the last call of `take`. */
  overtaken(): Overtaken | undefined;
}

interface Adopted {
  readonly at: number | undefined;
  readonly site: Site;
}

export function ownRecord(host: Host): OwnRecord {
  /** The last one is the daemon's. A rollback leads to the one before. */
  let adopted: readonly Adopted[] = [];
  let written: string | undefined;
  return {
    take: (site) => {
      const at = readApplied(host)?.appliedAtMs;
      written = appliedStamp(host);
      adopted = [...adopted.filter((each) => each.at !== at).slice(-1), { at, site }];
    },
    wrote: () => {
      written = appliedStamp(host);
    },
    overtaken: () => {
      // The record is long, and read again only when it was written.
      const now = appliedStamp(host);
      if (now === written) return undefined;
      const by = readApplied(host)?.appliedAtMs;
      if (by === undefined) return { how: 'removed' };
      if (by === adopted.at(-1)?.at) {
        written = now;
        return undefined;
      }
      const to = adopted.find((each) => each.at === by)?.site;
      return to === undefined ? { how: 'applied' } : { how: 'rolled-back', to };
    },
  };
}
