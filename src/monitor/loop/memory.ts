import { prepareStateDir, readRecord, writeRecord } from '../../apply/state-dir.ts';
import type { Host } from '../../host/host.ts';
import type { Memory } from '../decide/decision.ts';
import { NO_MEMORY } from '../decide/start.ts';
import type { AdminWord } from '../event.ts';

const RECORD = 'monitor.json';

interface MemoryRecord extends Memory {
  readonly version: 1;
}

/** What the daemon knew when it last ran since this machine was started. */
export function readMemory(host: Host): Memory {
  return readRecord<MemoryRecord>(host, RECORD, 1) ?? NO_MEMORY;
}

export function writeMemory(host: Host, memory: Memory): void {
  const record: MemoryRecord = { version: 1, ...memory };
  writeRecord(host, RECORD, record);
}

/** Keeps an administrator's word for a daemon that is not running. */
export function noteWord(host: Host, wan: string, word: AdminWord): void {
  const memory = readMemory(host);
  const { [wan]: _, ...others } = memory.admin;
  prepareStateDir(host);
  writeMemory(host, { ...memory, admin: word === 'auto' ? others : { ...others, [wan]: word } });
}
