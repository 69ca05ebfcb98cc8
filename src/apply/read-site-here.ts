import type { Unreadable } from '../config/open-file.ts';
import { readSite, type SiteReading } from '../config/read-site.ts';
import { type Host, HostError } from '../host/host.ts';

/** What is said of a folder, pipe or broken link among the profiles. */
const STRANGE =
  'this is neither a file nor a link to one: give it another name, or list the profiles of the site under profiles';

/** The site as its files on this machine say. Files that were read already are taken from `texts`. */
export function readSiteHere(
  host: Host,
  file: string,
  texts: ReadonlyMap<string, string> = new Map(),
): SiteReading {
  const strange = new Set<string>();
  // A pipe that was found among the profiles is not opened: that would wait for somebody to write, perhaps for ever.
  const list = (folder: string) =>
    host.listEntries(folder)?.map(({ name, kind }) => {
      if (kind !== 'file') strange.add(`${folder}/${name}`);
      return name;
    });
  const readProfile = (path: string) => (strange.has(path) ? { why: STRANGE } : profileText(host, path));
  const read = (path: string) => (path === file ? host.readFile(path) : readProfile(path));
  return readSite(file, (path) => texts.get(path) ?? read(path), list);
}

function profileText(host: Host, path: string): string | Unreadable | undefined {
  try {
    return host.readFile(path);
  } catch (error) {
    if (error instanceof HostError)
      return { why: error.message, whyHere: `this cannot be read: ${error.reason}` };
    throw error;
  }
}
