import type { FileIdentity, Host } from '../host/host.ts';

/** Where the host's children look too: an ordinary user's PATH often lacks the sbin folders. */
const ALWAYS = ['/usr/sbin', '/sbin'];

/** The file a program's name starts, without starting it. */
export function findProgram(host: Host, name: string): FileIdentity | undefined {
  const folders = [...(host.env('PATH') ?? '').split(':').filter((folder) => folder !== ''), ...ALWAYS];
  for (const folder of folders) {
    const found = host.fileIdentity(`${folder}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
