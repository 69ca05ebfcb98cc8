import type { Shape } from '../../apply/record-shape.ts';
import { Refusal } from '../../apply/refusal.ts';
import { prepareStateDir, readRecord, writeRecord } from '../../apply/state-dir.ts';
import type { Host } from '../../host/host.ts';
import type { Memory, MonitorState, Past } from '../decide/decision.ts';
import { NO_MEMORY, remember } from '../decide/start.ts';
import type { AdminWord } from '../event.ts';
import { trouble } from '../trouble.ts';

const RECORD = 'monitor.json';

/** Its times are of the wall clock: the monotonic one begins anew with each process. */
interface MemoryRecord extends Memory {
  readonly version: 2;
}

const SHAPE: Shape = { admin: 'object', down: 'list', held: 'object', past: 'object' };

/** What the daemon knew when it last ran since this machine was started. */
export function readMemory(host: Host): Memory {
  const record = readRecord<MemoryRecord>(host, RECORD, 2, SHAPE);
  return record === undefined ? NO_MEMORY : shift(record, host.monotonicMs() - host.now());
}

export function writeMemory(host: Host, memory: Memory): void {
  const record: MemoryRecord = { version: 2, ...shift(memory, host.now() - host.monotonicMs()) };
  writeRecord(host, RECORD, record);
}

/** Keeps what is to be known after a restart, written when it changes; `problem` is told once where it cannot be. */
export function memoryKeeper(host: Host, problem: (message: string) => void): (state: MonitorState) => void {
  let kept: MonitorState | undefined;
  let text = '';
  const { met, over } = trouble(problem);
  return (state) => {
    // Most events are samples, which change none of it.
    const isSame =
      kept?.demand === state.demand &&
      state.wans.every((wan, at) => {
        const before = kept?.wans[at];
        return (
          before?.flaps === wan.flaps &&
          before.apart === wan.apart &&
          before.admin === wan.admin &&
          before.returnedAt === wan.returnedAt &&
          before.holdUntil === wan.holdUntil
        );
      });
    kept = state;
    if (isSame) return;
    const memory = remember(state);
    const next = JSON.stringify(memory);
    if (next === text) return;
    try {
      writeMemory(host, memory);
      text = next;
      over();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // With the next event it is tried again.
      kept = undefined;
      met(`what is to be known after a restart is not kept: ${error.message}`);
    }
  };
}

/** Keeps an administrator's word for a daemon that is not running. */
export function noteWord(host: Host, wan: string, word: AdminWord): void {
  const memory = readMemory(host);
  const { [wan]: _, ...others } = memory.admin;
  prepareStateDir(host);
  writeMemory(host, { ...memory, admin: word === 'auto' ? others : { ...others, [wan]: word } });
}

function shift(memory: Memory, by: number): Memory {
  const { admin, down, held, past } = memory;
  const moved = Object.entries(past).map(([name, each]) => [name, shiftPast(each, by)] as const);
  return { admin, down, held, past: Object.fromEntries(moved) };
}

function shiftPast({ flaps, returnedAt, holdUntil }: Past, by: number): Past {
  return {
    ...(flaps === undefined ? {} : { flaps: shiftFlaps(flaps, by) }),
    ...(returnedAt === undefined ? {} : { returnedAt: Math.round(returnedAt + by) }),
    ...(holdUntil === undefined ? {} : { holdUntil: Math.round(holdUntil + by) }),
  };
}

function shiftFlaps({ penalty, at, dampedUntil }: NonNullable<Past['flaps']>, by: number) {
  const until = dampedUntil === undefined ? {} : { dampedUntil: Math.round(dampedUntil + by) };
  return { penalty, at: Math.round(at + by), ...until };
}
