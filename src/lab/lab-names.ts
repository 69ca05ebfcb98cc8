import type { Host } from '../host/host.ts';

/** Namespaces of all labs; the name says whose they are: `pw<pid>x<start of the process>x<number>-<place>`. */
const NAMESPACE = /^pw(\d+)x(\d+)x\d+-/;
const NAMESPACE_DIRECTORY = '/run/netns';

let built = 0;

/** A beginning of namespace names that nobody else uses: a pid with its start time names one process for ever. */
export function newLabName(host: Host): string {
  built += 1;
  return `pw${host.pid()}x${host.processStart(host.pid()) ?? '0'}x${built}`;
}

/** Namespaces that a lab left behind whose process was killed before it could take them away. */
export function leftOverNamespaces(host: Host): readonly string[] {
  return (host.listDirectory(NAMESPACE_DIRECTORY) ?? []).filter((name) => {
    const [, pid, start] = NAMESPACE.exec(name) ?? [];
    return pid !== undefined && host.processStart(Number(pid)) !== start;
  });
}

/** Every machine of the lab: `router`, `internet`, one per LAN interface, one per ISP, one per switch. */
export type Place = 'router' | 'internet' | `lan ${string}` | `isp ${string}` | `switch ${string}`;

export function namespaceOf(lab: string, place: Place): string {
  return `${lab}-${place.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;
}
