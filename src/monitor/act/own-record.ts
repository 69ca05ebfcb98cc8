import { type Applied, appliedStamp, readApplied, writeApplied } from '../../apply/records.ts';
import type { Site } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import { unlessUnreadable } from '../unless-unreadable.ts';

/** Another apply, a rollback to a site that was adopted before, or a remove. */
export type Overtaken =
  | { readonly how: 'applied' | 'removed' }
  | { readonly how: 'rolled-back'; readonly to: Site };

/** Whether the record of what is applied is still the daemon's own. Its time tells whose it is. */
export interface OwnRecord {
  /** It is of this site, which was just adopted: asked with the lock held, before it can be anybody else's. */
  take(site: Site): void;
  /** The daemon has made this of what is applied. */
  note(made: Partial<Applied>): void;
  /** What somebody else did since the last call of `take`. Of a record that cannot be read nobody knows: nothing. */
  overtaken(): Overtaken | undefined;
  /** The same, for the caller that acts on it: it is no news any more. */
  hear(): Overtaken | undefined;
  /** Whether somebody else did something that `hear` has not told yet. */
  hasNews(): boolean;
}

interface Found {
  readonly by: Overtaken;
  readonly stamp: string | undefined;
}

interface Adopted {
  readonly at: number | undefined;
  readonly site: Site;
}

export function ownRecord(host: Host, problem: (message: string) => void): OwnRecord {
  /** The last one is the daemon's. A rollback leads to the one before. */
  let adopted: readonly Adopted[] = [];
  let written: string | undefined;
  let heard: Found | undefined;
  const quietly = unlessUnreadable((message) =>
    problem(`what is applied cannot be read, the monitor goes on without it: ${message}`),
  );
  const seek = (): Found | undefined => {
    // The record is long, and read again only when it was written.
    const stamp = appliedStamp(host);
    if (stamp === written) return undefined;
    const at = readApplied(host)?.appliedAtMs;
    if (at === undefined) return { by: { how: 'removed' }, stamp };
    if (at === adopted.at(-1)?.at) {
      written = stamp;
      return undefined;
    }
    const to = adopted.find((each) => each.at === at)?.site;
    return { by: to === undefined ? { how: 'applied' } : { how: 'rolled-back', to }, stamp };
  };
  return {
    take: (site) => {
      const at = readApplied(host)?.appliedAtMs;
      written = appliedStamp(host);
      heard = undefined;
      adopted = [...adopted.filter((each) => each.at !== at).slice(-1), { at, site }];
    },
    note: (made) => {
      const applied = quietly(() => readApplied(host));
      if (applied === undefined) return;
      writeApplied(host, { ...applied, ...made });
      written = appliedStamp(host);
    },
    overtaken: () => quietly(seek)?.by,
    hear: () => {
      heard = quietly(seek);
      return heard?.by;
    },
    hasNews: () => {
      const found = quietly(seek);
      return found !== undefined && (heard === undefined || found.stamp !== heard.stamp);
    },
  };
}
