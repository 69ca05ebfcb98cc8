import type { MonitorStatus } from '../../monitor/control/monitor-status.ts';
import type { LogEntry } from '../../monitor/log/log-entry.ts';
import { NO_HISTORY } from '../../monitor/loop/history.ts';
import type { Notice } from '../../monitor/loop/notice.ts';
import { sayNotice } from './say-notice.ts';

/** A notice as the log keeps it; of a transition with the latest probes, which say why better than words. */
export function logOf(notice: Notice, atMs: number, status: MonitorStatus | undefined): LogEntry {
  const { priority, text } = sayNotice(notice);
  const entry = { atMs, kind: notice.kind, priority, text };
  if (notice.kind !== 'transition') return entry;
  const { wan, from, to, cause } = notice.transition;
  const history = worstHistory(status, wan);
  return {
    ...entry,
    wan,
    from,
    to,
    ...(cause === undefined ? {} : { cause }),
    ...(history === undefined ? {} : { history }),
  };
}

/** Of the probe that has been ill the longest; one that has said nothing yet has no history to show. */
function worstHistory(status: MonitorStatus | undefined, wan: string): string | undefined {
  const probes = (status?.wans.find(({ name }) => name === wan)?.probes ?? []).filter(
    ({ history }) => history !== NO_HISTORY,
  );
  const illFor = (history: string): number => history.length - history.lastIndexOf('.') - 1;
  return probes.map(({ history }) => history).sort((a, b) => illFor(b) - illFor(a))[0];
}
