import type { Host } from '../../host/host.ts';

/** Tells systemd how the daemon is, where systemd asked to be told. */
export interface Notifier {
  ready(status: string): void;
  status(text: string): void;
  stopping(): void;
  stop(): void;
}

const SILENT: Notifier = { ready: () => {}, status: () => {}, stopping: () => {}, stop: () => {} };

/**
 * sd_notify(3) through systemd-notify(1), as Node has no datagram sockets of the Unix kind. The watchdog is told that all is
 * well at half of its patience (sd_watchdog_enabled(3)), from the daemon's own loop: one that hangs says nothing.
 */
export function notifier(host: Host): Notifier {
  if (host.env('NOTIFY_SOCKET') === undefined) return SILENT;
  const tell = (...words: readonly string[]): void => {
    void host.run('systemd-notify', [`--pid=${host.pid()}`, ...words]);
  };
  const everyMs = Number(host.env('WATCHDOG_USEC') ?? 0) / 1000 / 2;
  let cancel = (): void => {};
  const beat = (): void => {
    cancel = host.after(everyMs, beat);
    tell('WATCHDOG=1');
  };
  return {
    ready: (status) => {
      tell('--ready', `--status=${status}`);
      if (everyMs > 0) beat();
    },
    status: (text) => tell(`--status=${text}`),
    stopping: () => tell('STOPPING=1'),
    stop: () => cancel(),
  };
}
