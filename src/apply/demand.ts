import type { Host } from '../host/host.ts';
import { hasShape, type Shape } from './record-shape.ts';
import { Refusal } from './refusal.ts';
import { DamagedRecord, readRecord, removeRecord, writeRecord } from './state-dir.ts';

/** What the running monitor makes of the WANs; every compile on this machine heeds it while the monitor lives. */
export interface MonitorDemand {
  /** WANs that are to take no traffic, or one family of them (`fiber/ipv6`). */
  readonly down: readonly string[];
  /** Policy → members, or one family of them, that are well, but do not take its new connections yet. */
  readonly held: Readonly<Record<string, readonly string[]>>;
}

interface DemandRecord extends MonitorDemand {
  readonly version: 1;
  /** The start time tells the monitor from another process that got its number later. */
  readonly pid: number;
  readonly start: string;
  /** Absolute; absent in the record of a monitor of before it was known. */
  readonly siteFile?: string;
}

/** A monitor that lives. */
export type RunningMonitor = Pick<DemandRecord, 'pid' | 'siteFile'>;

const RECORD = 'demand.json';

export const NO_DEMAND: MonitorDemand = { down: [], held: {} };

/** What a living monitor wants; the word of one that died is old, and says nothing. */
export function readDemand(host: Host): MonitorDemand {
  const record = readLiving(host);
  return record === undefined ? NO_DEMAND : { down: record.down, held: record.held };
}

export function runningMonitor(host: Host): RunningMonitor | undefined {
  return readLiving(host);
}

/** A living monitor that runs another site than this file's, and puts it back whatever else is applied. */
export function monitorOfAnother(host: Host, file: string): Required<RunningMonitor> | undefined {
  const { pid, siteFile } = readLiving(host) ?? {};
  if (pid === undefined || siteFile === undefined) return undefined;
  return realPathOf(host, siteFile) === realPathOf(host, file) ? undefined : { pid, siteFile };
}

function realPathOf(host: Host, file: string): string {
  return host.fileIdentity(file)?.realPath ?? host.resolvePath(file);
}

export function refuseBesideMonitor(host: Host, file: string): void {
  const other = monitorOfAnother(host, file);
  if (other === undefined) return;
  throw new Refusal(
    `the monitor (pid ${other.pid}) runs ${other.siteFile} and would undo this at once: change that file and run systemctl reload polywan-monitor, or stop the monitor; nothing was changed`,
  );
}

/** Two would undo each other's work for ever. */
export function refuseSecondMonitor(host: Host): void {
  const living = readLiving(host);
  if (living === undefined || living.pid === host.pid()) return;
  throw new Refusal(`a monitor runs already (pid ${living.pid}); polywan status shows what it does`);
}

const AUTHOR: Shape = { pid: 'number', start: 'string' };
const DEMAND: Shape = { down: 'list', held: 'object' };

function readLiving(host: Host): DemandRecord | undefined {
  const record = readSigned(host);
  if (record === undefined || host.processStart(record.pid) !== record.start) return undefined;
  if (!hasShape(record, DEMAND)) throw new DamagedRecord(host, RECORD);
  return record;
}

/** A monitor writes it whole: one that is damaged so far that it names nobody is no living one's. */
function readSigned(host: Host): DemandRecord | undefined {
  try {
    return readRecord<DemandRecord>(host, RECORD, 1, AUTHOR);
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

export function writeDemand(host: Host, file: string, { down, held }: MonitorDemand): void {
  const pid = host.pid();
  const start = host.processStart(pid) ?? '';
  const record: DemandRecord = { version: 1, pid, start, siteFile: host.resolvePath(file), down, held };
  writeRecord(host, RECORD, record);
}

export function removeDemand(host: Host): void {
  removeRecord(host, RECORD);
}
