import { readRecordText, statePath } from '../../apply/state-dir.ts';
import { type Host, HostError } from '../../host/host.ts';
import { trouble } from '../trouble.ts';
import type { LogEntry } from './log-entry.ts';

const FILE = 'log.jsonl';
const OLDER = 'log.1.jsonl';

/** Twice this is kept: some five thousand entries, in memory on most machines. */
const MAX_BYTES = 512 * 1024;

const MODE = 0o640;

/** Adds an entry, on a new line where the last one may be cut off; the older half of the log goes when it is full. */
function appendLog(host: Host, entry: LogEntry, isCut: boolean): void {
  const path = statePath(host, FILE);
  if (host.fileSize(path) > MAX_BYTES) host.renameFile(path, statePath(host, OLDER));
  const lead = isCut && host.fileSize(path) > 0 ? '\n' : '';
  host.appendFile(path, `${lead}${JSON.stringify(entry)}\n`, MODE);
}

/** Adds entries for as long as there is room; traffic is moved all the same, and `problem` is told once. */
export function logKeeper(host: Host, problem: (message: string) => void): (entry: LogEntry) => void {
  const { met, over } = trouble(problem);
  /** Whether the last line may be cut off: at first it may, as a daemon before this one wrote it. */
  let isCut = true;
  return (entry) => {
    try {
      appendLog(host, entry, isCut);
      isCut = false;
      over();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      isCut = true;
      met(`the log is not kept: ${error.message}`);
    }
  };
}

/** All that is kept, oldest first. A line that was cut off, by a crash or a full disk, is left out. */
export function readLog(host: Host): readonly LogEntry[] {
  return [OLDER, FILE].flatMap((name) =>
    (readRecordText(host, name) ?? '').split('\n').flatMap((line): LogEntry[] => {
      try {
        return line === '' ? [] : [JSON.parse(line) as LogEntry];
      } catch {
        return [];
      }
    }),
  );
}
