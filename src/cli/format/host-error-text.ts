import type { Host, HostError } from '../../host/host.ts';

/** What the machine refused, with the cure where there is one. */
export function hostErrorText({ code, message }: HostError, host: Pick<Host, 'isRoot'>): string {
  const denied = code === 'EACCES' || code === 'EPERM';
  return denied && !host.isRoot() ? `${message}; run it as root` : message;
}
