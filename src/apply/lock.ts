import { type Host, HostError } from '../host/host.ts';
import { Refusal } from './refusal.ts';
import { hasRoom, prepareStateDir, statePath } from './state-dir.ts';

/** Who holds the lock. The start time tells a living holder from another process that got its number later. */
interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly command: string;
  /** Not of a text that was written beforehand. */
  readonly sinceMs?: number;
}

/** What a lock is made of by who is in a hurry when it takes one. */
export interface ReadyLock {
  readonly path: string;
  readonly text: string;
}

/** Another run of polywan is changing this machine. */
export class LockHeld extends Refusal {}

/** Under this name the monitor takes the lock: for one change at a time, so that others wait for it. */
export const MONITOR = 'monitor';

/** A failover of a large site with iptables takes a second on a slow machine; a monitor that holds on longer hangs. */
const WAIT_FOR_MONITOR_MS = 10_000;

/** An apply with 64 WANs holds the lock for some 300 ms; between two tries no failover is late by more than this. */
export const RETRY_MS = 25;

/**
 * Runs `work` as the only run of polywan that changes this machine; who else does so is said in the refusal. With a `ready`
 * lock nothing is written, and nothing synced to a disk, before the work begins.
 */
export async function withLock<T>(
  host: Host,
  command: string,
  work: () => Promise<T>,
  ready?: ReadyLock,
): Promise<T> {
  if (ready === undefined) prepareStateDir(host);
  const path = statePath(host, 'lock');
  const text = ready?.text ?? holderText(host, command, host.now());
  const until = host.monotonicMs() + WAIT_FOR_MONITOR_MS;
  while (!(ready === undefined ? host.createFile(path, text) : host.linkFile(ready.path, path))) {
    const found = host.readFile(path);
    if (found === undefined) {
      refuseUnreadable(host, 'lock');
      continue;
    }
    // This process's own, which could not be removed when it was given back.
    if (found === text) break;
    const holder = livingHolder(host, found);
    if (holder === undefined) takeOver(host, path, found);
    else if (holder.command === MONITOR && host.monotonicMs() < until) await host.sleep(RETRY_MS);
    else throw new LockHeld(describeHolder(holder));
  }
  try {
    return await work();
  } finally {
    releaseIfOurs(host, path, text);
  }
}

/**
 * The same for the way back, which waits for no room on a disk: where a lock cannot be written nobody else takes one either,
 * save who has one ready. Going back looks at what is really there, so that it bears what that one does meanwhile.
 */
export async function withLockIfRoom<T>(host: Host, command: string, work: () => Promise<T>): Promise<T> {
  if (hasRoom(host)) return withLock(host, command, work);
  const holder = livingHolder(host, host.readFile(statePath(host, 'lock')) ?? '');
  if (holder !== undefined) throw new LockHeld(describeHolder(holder));
  return work();
}

/** Writes what a lock is made of; to be removed by its owner. */
export function makeReadyLock(host: Host, command: string): ReadyLock {
  prepareStateDir(host);
  const ready = { path: statePath(host, `lock.${command}`), text: holderText(host, command) };
  host.writeFile(ready.path, ready.text);
  return ready;
}

function holderText(host: Host, command: string, sinceMs?: number): string {
  const pid = host.pid();
  const start = host.processStart(pid) ?? '';
  const holder: Holder = { pid, start, command, ...(sinceMs === undefined ? {} : { sinceMs }) };
  return JSON.stringify(holder);
}

function livingHolder(host: Host, text: string): Holder | undefined {
  const holder = parseHolder(text);
  return holder !== undefined && host.processStart(holder.pid) === holder.start ? holder : undefined;
}

/** Undefined where it is damaged: it names nobody. */
function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    const isWhole = [holder?.pid, holder?.start, holder?.command].every((part) => part !== undefined);
    return isWhole ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** A lock that was given back meanwhile is not there any more; one that cannot be read for good leads to nothing. */
function refuseUnreadable(host: Host, name: string): void {
  const entry = host.listEntries(statePath(host, '.'))?.find((one) => one.name === name);
  if (entry?.kind !== 'other') return;
  throw new Refusal(`${statePath(host, name)} is no file that can be read; take it away and run this again`);
}

/**
 * Removes the lock of a dead process. Two runs may find it dead at once; only the one that makes the guard removes,
 * and it looks again first, so that the other's new lock stays. A guard whose maker died is removed by the next run.
 */
function takeOver(host: Host, path: string, stale: string): void {
  const guard = `${path}.guard`;
  if (!host.createFile(guard, holderText(host, 'lock', host.now()))) {
    const maker = host.readFile(guard);
    if (maker === undefined) refuseUnreadable(host, 'lock.guard');
    else if (livingHolder(host, maker) === undefined) host.removeFile(guard);
    return;
  }
  try {
    if (host.readFile(path) === stale) host.removeFile(path);
  } finally {
    host.removeFile(guard);
  }
}

function releaseIfOurs(host: Host, path: string, text: string): void {
  try {
    if (host.readFile(path) === text) host.removeFile(path);
  } catch (error) {
    // A lock that cannot be removed is stale as soon as this process ends.
    if (!(error instanceof HostError)) throw error;
  }
}

function describeHolder(holder: Holder): string {
  const since = holder.sinceMs === undefined ? '' : ` since ${new Date(holder.sinceMs).toISOString()}`;
  return `polywan ${holder.command} (pid ${holder.pid}) holds the lock${since}; nothing was changed`;
}
