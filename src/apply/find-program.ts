import { type FileIdentity, type Host, HostError } from '../host/host.ts';

/** Where the host's children look too: an ordinary user's PATH often lacks the sbin folders. */
const ALWAYS = ['/usr/sbin', '/sbin'];

/** The file a program's name starts, without starting it. */
export function findProgram(host: Host, name: string): FileIdentity | undefined {
  const folders = [...(host.env('PATH') ?? '').split(':').filter((folder) => folder !== ''), ...ALWAYS];
  for (const folder of folders) {
    const found = identityIn(host, `${folder}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A folder of PATH that may not be read, or is none, holds no program for this user: as execvp(3) goes on to the next. */
function identityIn(host: Host, path: string): FileIdentity | undefined {
  try {
    return host.fileIdentity(path);
  } catch (error) {
    if (error instanceof HostError && ['EACCES', 'ENOTDIR', 'ELOOP'].includes(error.code)) return undefined;
    throw error;
  }
}
