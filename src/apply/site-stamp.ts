import type { Site } from '../config/site.ts';
import { type Host, HostError } from '../host/host.ts';

/**
 * Changes when the site's file or one of its profiles is written or replaced, or one comes or goes. What cannot be looked at
 * has a stamp of its own.
 */
export function stampOf(host: Host, site: Site): string {
  const folder = site.file.includes('/') ? site.file.slice(0, site.file.lastIndexOf('/')) : '.';
  const files = [site.file, ...site.wans.map(({ origin }) => origin.span.file)];
  const beside = unlessRefused(() => host.listDirectory(`${folder}/profiles`) ?? []);
  return JSON.stringify([beside, files.map((file) => unlessRefused(() => host.fileIdentity(file)))]);
}

/** A link to itself, a disk that fails: else the code of what was refused. */
function unlessRefused<T>(look: () => T): T | string {
  try {
    return look();
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
}
