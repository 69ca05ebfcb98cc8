import { readSiteHere } from '../../apply/read-site-here.ts';
import { stampOf } from '../../apply/site-stamp.ts';
import type { Site } from '../../config/site.ts';
import { type Host, HostError } from '../../host/host.ts';
import type { Say } from './notice.ts';

/** The files of the site that the daemon follows. */
export interface SiteFiles {
  /** Whether they were written since they were last read. */
  areNew(site: Site): boolean;
  /** As they are now; undefined where they cannot be used, which has been told. */
  read(site: Site): Site | undefined;
  /** They count as read: their text is not the daemon's to take up. */
  passOver(site: Site): void;
}

export function siteFiles(host: Host, first: Site, say: Say): SiteFiles {
  let stamp = stampOf(host, first);
  const passOver = (site: Site): void => {
    stamp = stampOf(host, site);
  };
  return {
    areNew: (site) => stampOf(host, site) !== stamp,
    read: (site) => {
      try {
        const reading = readSiteHere(host, site.file);
        passOver(reading.site ?? site);
        if (reading.site === undefined) say({ kind: 'bad-site', ...reading });
        return reading.site;
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        passOver(site);
        say({
          kind: 'problem',
          message: `the site was not reloaded, the one before stays: ${error.message}`,
        });
        return undefined;
      }
    },
    passOver,
  };
}
