/** What each errno means to the person at the keyboard. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  EEXIST: 'it exists already',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EINVAL: 'the kernel refused the value',
  EIO: 'the device failed',
  EMFILE: 'this process may open no more files (ulimit -n says how many)',
  ENFILE: 'the machine has no room for more open files (fs.file-max)',
};

export function reasonOf(code: string): string {
  return REASONS[code] ?? code;
}

/** Nothing is wrong with what was asked for then. */
export function isOutOfFiles(code: string): boolean {
  return code === 'EMFILE' || code === 'ENFILE';
}
