import type { Host } from '../../host/host.ts';
import { trouble } from '../trouble.ts';

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
export function notifier(host: Host, problem: (message: string) => void): Notifier {
  if (host.env('NOTIFY_SOCKET') === undefined) return SILENT;
  const { met, over } = trouble(problem);
  const tell = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await host.run('systemd-notify', [`--pid=${host.pid()}`, ...words]);
    if (code === 0) over();
    else met(`systemd is not told how the monitor is, and may end it: systemd-notify: ${stderr.trim()}`);
  };
  const everyMs = Number(host.env('WATCHDOG_USEC') ?? 0) / 1000 / 2;
  let cancel = (): void => {};
  const beat = (): void => {
    cancel = host.after(everyMs, beat);
    void tell('WATCHDOG=1');
  };
  return {
    ready: (status) => {
      void tell('--ready', `--status=${status}`);
      if (everyMs > 0) beat();
    },
    status: (text) => void tell(`--status=${text}`),
    stopping: () => void tell('STOPPING=1'),
    stop: () => cancel(),
  };
}
