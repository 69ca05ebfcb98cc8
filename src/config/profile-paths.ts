import type { Span } from '../net/span.ts';
import { nearest } from './nearest.ts';
import type { FileAccess, OpenedFile, Unreadable } from './open-file.ts';
import { type Reading, report } from './read/reading.ts';
import { child, headSpan, scalarsOf } from './yaml-node.ts';

/** A profile's path as the site names it; `span` where it is written rather than found. */
export interface ProfilePath {
  readonly name: string;
  readonly span?: Span;
}

/** Hidden files are locks and swap files of editors. */
const PROFILE_NAME = /^[^.].*\.ya?ml$/;

/** The `profiles` list, or every profile beside the site. */
export function profilePaths(file: string, site: OpenedFile, access: FileAccess): readonly ProfilePath[] {
  const node = child(site.root, 'profiles');
  if (node !== undefined) {
    const seen = new Set<string>();
    return scalarsOf(node).flatMap(({ text, span }) => {
      const path = besideSite(file, text);
      const again = seen.has(path);
      if (again) report(site.reading, span, `"${text}" is listed twice`);
      seen.add(path);
      return again ? [] : [{ name: text, span }];
    });
  }
  // A list that was refused says that there are profiles, only not which.
  if (child(site.written, 'profiles') !== undefined) return [];
  const names = access.list(besideSite(file, 'profiles')) ?? [];
  const found = names.filter((name) => PROFILE_NAME.test(name));
  if (found.length === 0 && site.root !== undefined)
    report(site.reading, headSpan(site.root), 'no profiles: neither named here nor found as profiles/*.yaml');
  return found.map((name) => ({ name: `profiles/${name}` }));
}

/** A path of the site is relative to the site's own folder. */
export function besideSite(file: string, path: string): string {
  if (path.startsWith('/')) return path;
  return file.slice(0, file.lastIndexOf('/') + 1) + path.replace(/^(?:\.\/)+/, '');
}

/** A profile that cannot be read, or is not there. */
export function reportUnread(
  reading: Reading,
  file: string,
  { name, span }: ProfilePath,
  unreadable: Unreadable | undefined,
  access: FileAccess,
): void {
  const path = besideSite(file, name);
  if (span === undefined) {
    const why = unreadable?.whyHere ?? unreadable?.why ?? 'no such file';
    report(reading, { file: path, start: 0, end: 0 }, why);
  } else if (unreadable === undefined)
    report(reading, span, `no such file: ${path}`, nearestFile(file, name, access));
  else report(reading, span, unreadable.why);
}

/** The file beside a missing one that was probably meant. */
function nearestFile(file: string, name: string, access: FileAccess): string | undefined {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const directory = besideSite(file, folder).replace(/(?<=.)\/$/, '');
  const names = access.list(directory === '' ? '.' : directory) ?? [];
  return nearest(
    name,
    names.map((each) => folder + each),
  );
}
