import type { Site } from '../config/site.ts';
import type { Host } from '../host/host.ts';

/** Changes when the site's file or one of its profiles is written or replaced, or one comes or goes. */
export function stampOf(host: Host, site: Site): string {
  const folder = site.file.includes('/') ? site.file.slice(0, site.file.lastIndexOf('/')) : '.';
  const files = [site.file, ...site.wans.map(({ origin }) => origin.span.file)];
  const beside = host.listDirectory(`${folder}/profiles`) ?? [];
  return JSON.stringify([beside, files.map((file) => host.fileIdentity(file))]);
}
