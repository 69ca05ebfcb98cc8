import type { Unreadable } from '../config/open-file.ts';
import { readSite, type SiteReading } from '../config/read-site.ts';
import { type Host, HostError } from '../host/host.ts';

/** The site as its files are on this machine. `texts` of files that were read already are taken instead of the files. */
export function readSiteHere(
  host: Host,
  file: string,
  texts: ReadonlyMap<string, string> = new Map(),
): SiteReading {
  const read = (path: string) => (path === file ? host.readFile(path) : profileText(host, path));
  return readSite(file, (path) => texts.get(path) ?? read(path), host.listDirectory);
}

/** Nothing is asked of a pipe: whoever reads one waits until somebody writes, which may be for ever. */
function profileText(host: Host, path: string): string | Unreadable | undefined {
  try {
    const kind = host.fileIdentity(path)?.kind ?? 'file';
    if (kind === 'file') return host.readFile(path);
    const what = kind === 'directory' ? 'a directory' : 'a pipe, socket or device';
    return { why: `${path} is ${what}, and a profile is a file` };
  } catch (error) {
    if (error instanceof HostError) return { why: error.message };
    throw error;
  }
}
