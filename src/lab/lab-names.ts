import type { Host } from '../host/host.ts';

/** What belongs to a lab says whose it is: `pw<pid>x<start of the process>x<number>`, then `-<place>` for a namespace. */
const OWNED = /^pw(\d+)x(\d+)x\d+(?:-|$)/;
/** Only root writes there, and it is empty after a boot. */
export const LAB_DIRECTORY = '/run';
const NAMESPACE_DIRECTORY = '/run/netns';

let built = 0;

/** A beginning of namespace names that nobody else uses: a pid with its start time names one process for ever. */
export function newLabName(host: Host): string {
  built += 1;
  return `pw${host.pid()}x${host.processStart(host.pid()) ?? '0'}x${built}`;
}

/** What labs left behind whose process was killed before it could take them away. */
export function leftOvers(host: Host): {
  readonly namespaces: readonly string[];
  readonly directories: readonly string[];
} {
  const orphaned = (name: string): boolean => {
    const [, pid, start] = OWNED.exec(name) ?? [];
    return pid !== undefined && host.processStart(Number(pid)) !== start;
  };
  return {
    namespaces: (host.listDirectory(NAMESPACE_DIRECTORY) ?? []).filter(orphaned),
    directories: (host.listDirectory(LAB_DIRECTORY) ?? [])
      .filter(orphaned)
      .map((name) => `${LAB_DIRECTORY}/${name}`),
  };
}

/** Every machine of the lab: `router`, `internet`, one per LAN interface, one per ISP, one per switch. */
export type Place = 'router' | 'internet' | `lan ${string}` | `isp ${string}` | `switch ${string}`;

/** Each place has its own, whatever stands in the names of interfaces. */
export function namespaceOf(lab: string, place: Place): string {
  const escaped = (letter: string): string => `%${letter.charCodeAt(0).toString(16)}`;
  return `${lab}-${place.replace(' ', '-').replaceAll(/[^A-Za-z0-9_.-]/g, escaped)}`;
}
