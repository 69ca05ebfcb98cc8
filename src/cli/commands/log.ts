import type { LogEntry } from '../../monitor/log/log-entry.ts';
import { readLog } from '../../monitor/log/log-file.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** A screen. */
const DEFAULT_LINES = 20;

/** How soon --follow shows what was added: below what a person notices as waiting. */
const FOLLOW_MS = 250;

export const log: Command = {
  name: 'log',
  summary: 'print what the monitor saw and did: transitions, repairs, resets',
  description: [
    'Prints the latest lines of the monitor’s log, oldest first: when a WAN went from one health to another and why, with its latest probes (. answered, ! lost, x answered wrongly), which connections were reset, and what was put back after others took it away. The log is bounded, and starts anew with the machine; the journal keeps more.',
  ],
  positionals: [],
  options: {
    lines: { type: 'number', alias: 'n', describe: 'how many', default: DEFAULT_LINES, valueName: 'COUNT' },
    transitions: { type: 'boolean', describe: 'only changes of health' },
    follow: { type: 'boolean', alias: 'f', describe: 'print what is added, until interrupted' },
    json: { type: 'boolean', describe: 'print one JSON object a line' },
  },
  examples: [
    { line: 'polywan log', describe: 'what happened lately' },
    { line: 'polywan log --transitions -n 100', describe: 'how often WANs failed' },
    { line: 'polywan log -f', describe: 'watch it happen' },
  ],
  run: async (args, { host }) => {
    const count = Number(args.lines);
    if (!Number.isInteger(count) || count < 0) throw new UsageError('--lines needs a whole number');
    const wanted = (entry: LogEntry): boolean => args.transitions !== true || entry.kind === 'transition';
    const print = (entry: LogEntry): void =>
      host.stdout.write(args.json === true ? `${JSON.stringify(entry)}\n` : line(entry));
    let entries = readLog(host);
    for (const entry of entries.filter(wanted).slice(count === 0 ? entries.length : -count)) print(entry);
    if (args.follow !== true) return 0;
    let stopped = false;
    const stop = host.onSignal(['SIGINT', 'SIGTERM', 'SIGPIPE'], () => {
      stopped = true;
    });
    while (!stopped) {
      await host.sleep(FOLLOW_MS);
      const last = entries.at(-1);
      entries = readLog(host);
      const from = last === undefined ? 0 : lastIndex(entries, last) + 1;
      for (const entry of entries.slice(from).filter(wanted)) print(entry);
    }
    stop();
    return 0;
  },
};

function lastIndex(entries: readonly LogEntry[], last: LogEntry): number {
  return entries.findLastIndex(({ atMs, text }) => atMs === last.atMs && text === last.text);
}

function line({ atMs, text, history }: LogEntry): string {
  const when = new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
  return `${when}  ${text}${history === undefined ? '' : `  ${history}`}\n`;
}
