/** What each errno means to the person at the keyboard. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  EEXIST: 'it exists already',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EINVAL: 'the kernel refused the value',
  EIO: 'the device failed',
};

export function reasonOf(code: string): string {
  return REASONS[code] ?? code;
}
