import { readRecord, writeRecord } from '../../apply/state-dir.ts';
import type { Host } from '../../host/host.ts';
import type { Memory } from '../decide/decision.ts';
import { NO_MEMORY } from '../decide/start.ts';

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
