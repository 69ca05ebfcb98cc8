import type { Host } from '../../host/host.ts';
import type { Monitor, MonitorOptions } from '../../monitor/loop/monitor.ts';
import type { Notice } from '../../monitor/loop/notice.ts';
import type { Entry } from '../../monitor/record/entry.ts';
import { knownEvents } from '../../monitor/record/known-events.ts';
import { olderFile } from '../../monitor/record/older-file.ts';
import { recordStart } from '../../monitor/record/record-start.ts';
import { beginRecording, DEFAULT_LIMIT_BYTES, type Recorded, record } from '../../monitor/record/recorder.ts';

/** A recording under way. */
export interface OpenRecording {
  begin(monitor: Pick<Monitor, 'state'>): void;
  readonly heard: NonNullable<MonitorOptions['heard']>;
  said(notice: Notice): void;
  /** Writes what is still held back. */
  close(): void;
}

/** Events of so long are written together: a crash loses them, and a disk is left alone in between. */
const WRITE_EVERY_MS = 2000;

const MODE = 0o640;

/** Nothing is written yet, but the file can be: a path that cannot is told before anything is begun. */
export function openRecording(host: Host, file: string): OpenRecording {
  host.appendFile(file, '', MODE);
  let recorded: Recorded | undefined;
  let monitor: Pick<Monitor, 'state'> | undefined;
  let held = '';
  let writeAt = 0;
  const write = (): void => {
    if (held !== '') host.appendFile(file, held, MODE);
    held = '';
    writeAt = host.monotonicMs() + WRITE_EVERY_MS;
  };
  const take = (next: Recorded): void => {
    if (next.rotate) {
      write();
      host.renameFile(file, olderFile(file));
    }
    recorded = next;
    held += next.text;
    if (host.monotonicMs() >= writeAt) write();
  };
  const add = (entry: Entry): void => {
    if (recorded !== undefined) take(record(recorded.recorder, entry, host.now()));
  };
  const addStart = (): void => {
    if (monitor !== undefined) add(recordStart(monitor.state(), host.now()));
  };
  return {
    begin: (running) => {
      monitor = running;
      const start = recordStart(running.state(), host.now());
      const size = host.fileSize(file);
      const first = beginRecording(start, DEFAULT_LIMIT_BYTES);
      // What an earlier life of the daemon wrote counts, too.
      take({ ...first, recorder: { ...first.recorder, bytes: first.recorder.bytes + size } });
      const at = running.state().now;
      for (const event of knownEvents(running.state())) add({ kind: 'event', at, event });
    },
    heard: (event, at) => {
      if (event.kind === 'tick') return;
      if (event.kind === 'site') return addStart();
      add({ kind: 'event', at, event });
      if (event.kind === 'gap') addStart();
    },
    said: (notice) => {
      if (notice.kind !== 'transition') return;
      const { transition } = notice;
      add({ kind: 'transition', at: transition.at, transition });
    },
    close: write,
  };
}
