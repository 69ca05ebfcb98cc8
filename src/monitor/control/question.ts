import type { AdminWord } from '../event.ts';
import type { MonitorStatus } from './monitor-status.ts';

/** What the daemon can be asked over its socket, one JSON line each; the answer is one JSON line. */
export type Question =
  | { readonly ask: 'status' }
  | { readonly ask: 'wan'; readonly wan: string; readonly word: AdminWord }
  | { readonly ask: 'reload' };

export type Answer =
  | { readonly answer: 'status'; readonly status: MonitorStatus }
  | { readonly answer: 'done' }
  | { readonly answer: 'refused'; readonly message: string };

export const SOCKET = 'monitor.sock';

/** Its owner and root's group: whoever may read what is known may also say that a WAN is down. */
export const SOCKET_MODE = 0o660;
