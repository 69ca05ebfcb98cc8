import type { Host } from '../host/host.ts';
import type { OwnedFile } from '../kernel/state.ts';
import {
  isForeignTableNames,
  OWN_TABLE_NAMES,
  TABLE_NAME_FOLDER,
  TABLE_NAMES,
} from '../kernel/table-names.ts';

/** Files polywan may have written, also when its records are lost (a reboot empties /run, not /etc). */
export const KNOWN_FILES: readonly string[] = [OWN_TABLE_NAMES, '/etc/dnsmasq.d/polywan.conf'];

/** Where a file of /etc really is: tests, rehearsals and installers put another root before it. */
function realPath(host: Host, path: string): string {
  return (host.env('POLYWAN_ROOT') ?? '') + path;
}

export function readOwnedFiles(host: Host, paths: readonly string[]): readonly OwnedFile[] {
  return [...new Set(paths)].flatMap((path) => {
    const text = host.readFile(realPath(host, path));
    return text === undefined ? [] : [{ path, text }];
  });
}

/** The files in which other programs and people name routing tables. */
export function readForeignTableNames(host: Host): readonly OwnedFile[] {
  const names = host.listDirectory(realPath(host, TABLE_NAME_FOLDER)) ?? [];
  const files = names.filter((name) => name.endsWith('.conf')).map((name) => `${TABLE_NAME_FOLDER}/${name}`);
  return readOwnedFiles(host, [TABLE_NAMES, ...files]).filter(isForeignTableNames);
}

export function writeOwnedFile(host: Host, file: OwnedFile): void {
  const path = realPath(host, file.path);
  // Whoever runs ip, and dnsmasq, read them, whatever umask the administrator has.
  host.makeDirectory(parent(path), 0o755);
  host.writeFile(path, file.text, 0o644);
}

export function removeOwnedFile(host: Host, path: string): void {
  host.removeFile(realPath(host, path));
}

/** Directories that have to be made for these files, the deepest first. */
export function missingDirectories(host: Host, files: readonly OwnedFile[]): readonly string[] {
  const missing = new Set<string>();
  for (const file of files) {
    let directory = parent(file.path);
    while (directory !== '' && host.listDirectory(realPath(host, directory)) === undefined) {
      missing.add(directory);
      directory = parent(directory);
    }
  }
  return [...missing].sort((a, b) => b.length - a.length);
}

/** What is no file of polywan's, and was made for one: what killed runs left beside these, and directories that are empty. */
export function tidy(host: Host, paths: readonly string[], directories: readonly string[]): void {
  for (const path of new Set(paths)) host.sweepFile(realPath(host, path));
  for (const directory of directories) host.removeDirectory(realPath(host, directory));
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
