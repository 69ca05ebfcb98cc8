import type { LogEntry } from '../../monitor/log/log-entry.ts';

const LEVELS: Readonly<Record<LogEntry['priority'], number>> = { err: 3, warning: 4, notice: 5, info: 6 };

/** For the journal with its level before each line (sd-daemon(3)); for a terminal with the history beside it. */
export function journalLine({ priority, text, history }: LogEntry, journal: boolean): string {
  const whole = history === undefined ? text : `${text}  ${history}`;
  const lines = whole.split('\n').map((line) => (journal ? `<${LEVELS[priority]}>${line}` : line));
  return `${lines.join('\n')}\n`;
}
