import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  type Dirent,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type DirectoryEntry, type FileIdentity, HostError, type LentFile } from '../host.ts';
import { growHeap } from './engine.ts';
import { reasonOf } from './reasons.ts';

let temporaries = 0;

/** Its reader makes some ten times as much of it. */
const BIG_TEXT = 1_000_000;

export function readFile(path: string): string | undefined {
  const text = unlessAbsent(() => attempt('read', path, () => readFileSync(path, 'utf8')));
  if (text !== undefined && text.length > BIG_TEXT) growHeap();
  return text;
}

/** The text of /proc/PID/stat; undefined when the process is gone, even while it is read (ESRCH). */
export function readProcess(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

export function writeFile(path: string, text: string, mode?: number): void {
  attempt('write', path, () => {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile() && !there.isDirectory()) {
      writeFileSync(path, text);
      return;
    }
    const real = there === undefined ? path : realpathSync.native(path);
    const temporary = writeTemporary(real, text, mode);
    try {
      renameSync(temporary, real);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
  });
}

export function rewriteFile(path: string, text: string): void {
  attempt('write', path, () => {
    const real = realpathSync(path);
    const { mode, uid, gid } = statSync(real);
    const temporary = writeTemporary(real, text, mode & 0o7777);
    try {
      // Who is not root may own it already, or may not write here at all.
      if (process.geteuid?.() === 0) chownSync(temporary, uid, gid);
      // What chown took away.
      chmodSync(temporary, mode & 0o7777);
      renameSync(temporary, real);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
  });
}

/** It loses its name at once, and is then what /proc has under the descriptor. */
export function lendFile(folder: string, text: string): LentFile {
  const path = join(folder, `lent.${process.pid}`);
  return attempt('write', path, () => {
    // Left by a process of the same number that was killed between the two.
    removeFile(path);
    const descriptor = openSync(path, 'wx', 0o600);
    const close = () => closeSync(descriptor);
    try {
      unlinkSync(path);
      writeFileSync(descriptor, text);
    } catch (error) {
      close();
      throw error;
    }
    return { path: `/proc/${process.pid}/fd/${descriptor}`, close };
  });
}

export function appendFile(path: string, text: string, mode = 0o644): void {
  attempt('write', path, () => appendFileSync(path, text, { mode }));
}

export function renameFile(from: string, to: string): void {
  attempt('rename', from, () => renameSync(from, to));
}

export function fileSize(path: string): number {
  return unlessAbsent(() => attempt('read', path, () => statSync(path).size)) ?? 0;
}

export function overwriteFile(path: string, text: string): void {
  attempt('write', path, () => {
    // Without O_CREAT: a sysctl that is not there must not become a file.
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
    try {
      writeFileSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** A hard link to a finished temporary file: whoever sees the name sees the whole text. */
export function createFile(path: string, text: string): boolean {
  return attempt('create', path, () => {
    const temporary = writeTemporary(path, text, 0o644);
    try {
      return linkFile(temporary, path);
    } finally {
      unlinkSync(temporary);
    }
  });
}

export function linkFile(path: string, name: string): boolean {
  return attempt('link', path, () => {
    try {
      linkSync(path, name);
      return true;
    } catch (error) {
      if (errno(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

export function removeFile(path: string): void {
  unlessAbsent(() => attempt('remove', path, unlessNothing(path, unlinkSync)));
}

/** What is relative leads nowhere from a folder that was taken away under its user. */
export function resolvePath(...parts: readonly string[]): string {
  return attempt('find', 'the current folder', () => resolve(...parts));
}

export function makeDirectory(path: string, mode?: number): void {
  attempt('create', path, () => makeFolders(path, mode));
}

/** One by one: Node's recursive form never ends where the kernel refuses a folder with ENOENT, as below /proc. */
function makeFolders(path: string, mode: number | undefined): void {
  if (isDirectory(path)) return;
  if (dirname(path) !== path) makeFolders(dirname(path), mode);
  try {
    mkdirSync(path, { mode: mode ?? 0o755 });
    if (mode !== undefined) chmodSync(path, mode);
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
    // Somebody else may have made it in the meantime; else a file is in its place.
    if (!isDirectory(path))
      throw new HostError('ENOTDIR', path, `cannot create ${path}: ${reasonOf('ENOTDIR')}`);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Not there, a file in its place, not empty, or where another file system is mounted. */
const STAYS: readonly string[] = ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EBUSY'];

export function removeDirectory(path: string): void {
  try {
    attempt('remove', path, unlessNothing(path, rmdirSync));
  } catch (error) {
    if (!(error instanceof HostError) || !STAYS.includes(error.code)) throw error;
  }
}

/** Where nothing may be written the kernel refuses to remove even what is not there. */
function unlessNothing(path: string, remove: (path: string) => void): () => void {
  return () => {
    try {
      remove(path);
    } catch (error) {
      if (errno(error) !== 'EROFS' || lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw error;
    }
  };
}

export function listDirectory(path: string): readonly string[] | undefined {
  return unlessAbsent(() => attempt('list', path, () => readdirSync(path).sort()));
}

export function listEntries(path: string): readonly DirectoryEntry[] | undefined {
  const entries = unlessAbsent(() => attempt('list', path, () => readdirSync(path, { withFileTypes: true })));
  return entries
    ?.map((entry) => ({ name: entry.name, kind: kindOf(entry, join(path, entry.name)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(entry: Dirent | Stats, path: string): DirectoryEntry['kind'] {
  if (entry.isSymbolicLink()) return kindOfTarget(path);
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
}

function kindOfTarget(path: string): DirectoryEntry['kind'] {
  try {
    return kindOf(statSync(path), path);
  } catch {
    // A link to nothing, to itself, or to where nobody may look.
    return 'other';
  }
}

export function fileIdentity(path: string): FileIdentity | undefined {
  return unlessAbsent(() =>
    attempt('read', path, () => {
      // Node's own, in JavaScript, asks for each folder on the way; this is asked every second.
      const realPath = realpathSync.native(path);
      const { size, mtimeMs, ino } = statSync(realPath);
      return { realPath, stamp: `${ino}-${size}-${mtimeMs}` };
    }),
  );
}

function writeTemporary(path: string, text: string, mode: number | undefined): string {
  sweepFile(path);
  temporaries += 1;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${temporaries}.tmp`);
  const descriptor = openSync(temporary, 'wx', mode ?? 0o644);
  try {
    if (mode !== undefined) fchmodSync(descriptor, mode);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

/** Takes away what a killed run left beside this file; those of living processes stay. */
export function sweepFile(path: string): void {
  const start = `.${basename(path)}.`;
  for (const name of listDirectory(dirname(path)) ?? []) {
    const pid = name.startsWith(start) ? /^(\d+)-\d+\.tmp$/.exec(name.slice(start.length))?.[1] : undefined;
    if (pid !== undefined && readProcess(Number(pid)) === undefined) removeFile(join(dirname(path), name));
  }
}

function attempt<T>(verb: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HostError) throw error;
    const code = errno(error);
    if (code === undefined) throw error;
    const reason = reasonOf(code);
    throw new HostError(code, path, `cannot ${verb} ${path}: ${reason}`, reason);
  }
}

function unlessAbsent<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof HostError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
