import { type Host, HostError } from '../host/host.ts';
import { once } from './once.ts';
import { hasShape, type Shape } from './record-shape.ts';
import { Refusal } from './refusal.ts';

/** Gone after a reboot, as are all the rules it speaks of. */
const DEFAULT_STATE_DIR = '/run/polywan';

/** Records in it name addresses and hosts of the inside: for root alone. The monitor's socket is for root's group as well. */
const STATE_DIR_MODE = 0o750;
const RECORD_MODE = 0o600;

export function statePath(host: Host, name: string): string {
  return host.resolvePath(namedStateDir(host) ?? DEFAULT_STATE_DIR, name);
}

function namedStateDir(host: Host): string | undefined {
  const named = host.env('POLYWAN_STATE_DIR') ?? '';
  return named === '' ? undefined : named;
}

/** Unless a monitor still writes there, or the directory is the user's own. */
export function removeStateDir(host: Host): void {
  if (namedStateDir(host) === undefined) host.removeDirectory(DEFAULT_STATE_DIR);
}

/** Makes the directory and proves that records can be written there, before anything is changed. */
export function prepareStateDir(host: Host): void {
  refuseUnlessWritten(host, () => proveRoom(host), ', nothing was changed');
}

/** What a file system that has no room for one more record answers. */
const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EROFS'];

/** Whether records can be written now; what else keeps them from it than the room is refused as before a change. */
export function hasRoom(host: Host): boolean {
  try {
    proveRoom(host);
    return true;
  } catch (error) {
    if (error instanceof HostError && NO_ROOM.includes(error.code)) return false;
    prepareStateDir(host);
    return true;
  }
}

function proveRoom(host: Host): void {
  const probe = statePath(host, 'probe');
  host.makeDirectory(statePath(host, '.'), STATE_DIR_MODE);
  host.writeFile(probe, 'polywan\n', RECORD_MODE);
  host.removeFile(probe);
}

/** Nobody changes a record that is written. */
export const recordText = once((record: object): string => `${JSON.stringify(record)}\n`);

export function writeRecord(host: Host, name: string, record: object): void {
  refuseUnlessWritten(host, () => host.writeFile(statePath(host, name), recordText(record), RECORD_MODE));
}

/** For what is good to know, but nothing to stop for. */
export function writeRecordIfPossible(host: Host, name: string, record: object): void {
  try {
    writeRecord(host, name, record);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** The text of a file in the state directory; undefined when there is none. */
export function readRecordText(host: Host, name: string): string | undefined {
  return refuseUnlessRead(host, () => host.readFile(statePath(host, name)));
}

/** Undefined when there is none. A record of another version is as good as none: it is from an older polywan. */
export function readRecord<T extends { readonly version: number }>(
  host: Host,
  name: string,
  version: T['version'],
  shape: Shape,
): T | undefined {
  const text = readRecordText(host, name);
  if (text === undefined) return undefined;
  const record = parseRecord(host, name, text);
  if (!isVersion<T>(record, version)) return undefined;
  if (!hasShape(record, shape)) throw new DamagedRecord(host, name);
  return record;
}

/** A record that cannot be used, nor be taken for none: nobody knows what it said. */
export class DamagedRecord extends Refusal {
  constructor(host: Host, name: string) {
    const cure = 'take it away; polywan apply, or polywan remove, then brings this machine into order';
    super(`${statePath(host, name)} is damaged; ${cure}`);
  }
}

function parseRecord(host: Host, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DamagedRecord(host, name);
  }
}

function isVersion<T>(record: unknown, version: number): record is T {
  return typeof record === 'object' && record !== null && 'version' in record && record.version === version;
}

/** With what a run that was killed while it wrote the record has left beside it. */
export function removeRecord(host: Host, name: string): void {
  const path = statePath(host, name);
  refuseUnlessWritten(host, () => {
    host.removeFile(path);
    host.sweepFile(path);
  });
}

/** `soFar` says what was done before. */
function refuseUnlessWritten(host: Host, work: () => void, soFar = ''): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const place = 'POLYWAN_STATE_DIR names another place';
    throw new Refusal(
      asRoot(host, error) ?? `the state directory cannot be used${soFar}: ${error.message} (${place})`,
    );
  }
}

function refuseUnlessRead<T>(host: Host, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof HostError ? new Refusal(asRoot(host, error) ?? error.message) : error;
  }
}

/** What root could do. */
function asRoot(host: Host, error: HostError): string | undefined {
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  return denied && !host.isRoot() ? `run as root: ${error.message}` : undefined;
}
