import { type Host, HostError } from '../../host/host.ts';
import type { Monitor, MonitorOptions } from '../../monitor/loop/monitor.ts';
import type { Notice } from '../../monitor/loop/notice.ts';
import type { Entry } from '../../monitor/record/entry.ts';
import { knownEvents } from '../../monitor/record/known-events.ts';
import { olderFile } from '../../monitor/record/older-file.ts';
import { recordStart } from '../../monitor/record/record-start.ts';
import { beginRecording, DEFAULT_LIMIT_BYTES, type Recorded, record } from '../../monitor/record/recorder.ts';
import { trouble } from '../../monitor/trouble.ts';

type Problem = (message: string) => void;

/** A recording under way. */
export interface OpenRecording {
  /** `problem` hears when something cannot be written. */
  begin(monitor: Pick<Monitor, 'state'>, problem: Problem): void;
  readonly heard: NonNullable<MonitorOptions['heard']>;
  said(notice: Notice): void;
  /** Writes what is still held back. */
  close(): void;
}

/** Events of so long are written together: a crash loses them, and a disk is left alone in between. */
const WRITE_EVERY_MS = 2000;

const MODE = 0o640;

/**
 * Nothing is written yet, but the file can be, and its folder is there: a path that cannot is told before anything is
 * begun. A disk that fills up later ends no failover: it is told once, and the recording begins anew as soon as there is
 * room again.
 */
export function openRecording(host: Host, file: string): OpenRecording {
  host.makeDirectory(host.resolvePath(file, '..'));
  host.appendFile(file, '', MODE);
  let recorded: Recorded | undefined;
  let running: { readonly monitor: Pick<Monitor, 'state'>; readonly problem: Problem } | undefined;
  let held = '';
  let writeAt = 0;
  const { met, over } = trouble((message) => running?.problem(message));
  const write = (): void => {
    writeAt = host.monotonicMs() + WRITE_EVERY_MS;
    if (held === '') return;
    host.appendFile(file, held, MODE);
    held = '';
    over();
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
  const beginAt = ({ state }: Pick<Monitor, 'state'>): void => {
    const first = beginRecording(recordStart(state(), host.now()), DEFAULT_LIMIT_BYTES);
    // What an earlier life of the daemon wrote counts, too; its last line may have been cut off.
    const size = host.fileSize(file);
    const text = size === 0 ? first.text : `\n${first.text}`;
    take({ ...first, text, recorder: { ...first.recorder, bytes: size + text.length } });
    const at = state().now;
    for (const event of knownEvents(state())) addNext({ kind: 'event', at, event });
  };
  const addNext = (entry: Entry): void => {
    if (recorded !== undefined) take(record(recorded.recorder, entry, host.now()));
  };
  const unlessRefused = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      recorded = undefined;
      held = '';
      writeAt = host.monotonicMs() + WRITE_EVERY_MS;
      met(`the recording has a gap: ${error.message}`);
    }
  };
  const add = (entry: Entry): void =>
    unlessRefused(() => {
      if (recorded === undefined && running !== undefined && host.monotonicMs() >= writeAt)
        beginAt(running.monitor);
      addNext(entry);
    });
  const addStart = (): void => {
    if (running !== undefined) add(recordStart(running.monitor.state(), host.now()));
  };
  return {
    begin: (monitor, problem) => {
      running = { monitor, problem };
      unlessRefused(() => beginAt(monitor));
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
    close: () => unlessRefused(write),
  };
}
