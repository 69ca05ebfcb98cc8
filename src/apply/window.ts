import type { Site } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import { watchSignals } from './commit.ts';
import { type Back, goBack } from './go-back.ts';
import { withLock, withLockIfRoom } from './lock.ts';
import { type Machine, withMachine } from './machine.ts';
import type { Look } from './observe.ts';
import { KNOWN_FILES } from './owned-files.ts';
import { type History, readHistory } from './prepare.ts';
import {
  type Journal,
  NO_ORIGINALS,
  type Originals,
  type Pending,
  type Point,
  readJournal,
  readPending,
  removeJournal,
  removePending,
  writeJournalIfPossible,
  writePending,
} from './records.ts';
import { Refusal } from './refusal.ts';
import { rejectSite } from './rejected.ts';
import { mergeOriginals } from './settle.ts';
import { iptablesOf, joinUsed, usedFor } from './used.ts';

/** How often the watcher looks whether the window was ended: it costs one read of a file in memory. */
const POLL_MS = 500;

/** An earlier apply that waits for its word keeps others from building on it. */
export function refuseWhilePending(host: Host): void {
  const pending = readPending(host);
  if (pending === undefined) return;
  const until = new Date(pending.deadlineMs).toISOString();
  throw new Refusal(
    `an earlier apply waits for confirmation until ${until}: run polywan confirm or polywan rollback first; nothing was changed`,
  );
}

/** Starts the watcher that goes back unless `confirm` comes. It has no terminal and no parent to die with. */
export function openWindow(host: Host, { file }: Site, before: Point, durationMs: number): void {
  const deadlineMs = host.now() + durationMs;
  const token = `${host.pid()}-${deadlineMs}`;
  const pending: Pending = { version: 1, token, deadlineMs, before, siteFile: host.resolvePath(file) };
  // The record is there before the watcher looks for it, so that one that finds none knows the window is over.
  writePending(host, pending);
  const [program, ...first] = host.self();
  if (host.detach(program, [...first, 'rollback', '--when-due', token], placesOf(host)) !== -1) return;
  removePending(host);
  throw new Refusal(`${program} cannot be started to watch for the confirmation; nothing was changed`);
}

/** The folders that the environment names, for a watcher that stands in another one. */
function placesOf(host: Host): Readonly<Record<string, string>> {
  const places = ['POLYWAN_STATE_DIR', 'POLYWAN_ROOT'].flatMap((name) => {
    const place = host.env(name) ?? '';
    return place === '' ? [] : [[name, host.resolvePath(place)] as const];
  });
  return Object.fromEntries(places);
}

/** The watcher: sleeps to the end of the window and goes back unless another word came first. */
export async function watchWindow(host: Host, token: string): Promise<void> {
  // The terminal may end with the caller; this is what the watcher is there for.
  const stop = host.onSignal(['SIGHUP'], () => {});
  // A clock that is set meanwhile, as on a router without one of its own, makes the window no longer and no shorter.
  const dueMs = host.monotonicMs() + (readPending(host)?.deadlineMs ?? 0) - host.now();
  while (readPending(host)?.token === token) {
    const leftMs = dueMs - host.monotonicMs();
    if (leftMs <= 0) {
      await rollbackWhenFree(host, token);
      break;
    }
    await host.sleep(Math.min(leftMs, POLL_MS));
  }
  stop();
}

/**
 * Another run may hold the lock for the moment, a disk be full, a tool answer nonsense: nobody else is there to go back, so
 * whatever it is, it is tried again as long as the window is open.
 */
async function rollbackWhenFree(host: Host, token: string): Promise<void> {
  while (readPending(host)?.token === token) {
    try {
      await rollback(host);
      return;
    } catch {
      await host.sleep(POLL_MS);
    }
  }
}

/** Ends the window and keeps what was applied; false when none is open. */
export async function confirmWindow(host: Host): Promise<boolean> {
  if (readPending(host) === undefined) return false;
  return withLock(host, 'confirm', async () => {
    const isOpen = readPending(host) !== undefined;
    if (isOpen) refuseHalves(host);
    removePending(host);
    return isOpen;
  });
}

/** What a run that was cut off left is no state to keep. */
function refuseHalves(host: Host): void {
  const cutOff = readJournal(host);
  if (cutOff === undefined) return;
  throw new Refusal(
    `polywan ${cutOff.command} was cut off in the middle, so that only a part of the change is there to confirm: run polywan rollback, and then polywan apply again`,
  );
}

/** Goes back to before the apply that waits for its word, or that was cut off; undefined when there is neither. */
export async function rollback(host: Host): Promise<Back | undefined> {
  if (readPending(host) === undefined && readJournal(host) === undefined) return undefined;
  return withLockIfRoom(host, 'rollback', () => withMachine(host, rollbackHere));
}

async function rollbackHere(machine: Machine): Promise<Back | undefined> {
  const { host } = machine;
  const undone = readPending(host) ?? readJournal(host);
  if (undone === undefined) return undefined;
  const { before, siteFile } = undone;
  const history = readHistory(machine);
  const look = lookAt(history, before);
  // It goes on to its end: where it leads is where the machine is to be.
  const signals = watchSignals(machine);
  try {
    // A journal that is there says more.
    if (history.journal === undefined)
      writeJournalIfPossible(host, journalOf(host.now(), undone, history, look));
    // First: a monitor looks as soon as the record is the old one.
    if (siteFile !== undefined) rejectSite(host, siteFile);
    const back = await goBack(machine, before, look, madeSince(history, before));
    removePending(host);
    removeJournal(host);
    return back;
  } finally {
    signals.stop();
  }
}

/** Should going back be cut off, the next run knows of both states. */
function journalOf(
  startedAtMs: number,
  { before, siteFile }: Pick<Journal, 'before' | 'siteFile'>,
  { applied, originals, used }: History,
  look: Look,
): Journal {
  return {
    version: 1,
    command: 'rollback',
    startedAtMs,
    ...(siteFile === undefined ? {} : { siteFile }),
    before,
    originals: mergeOriginals(before.applied?.originals ?? NO_ORIGINALS, originals),
    sysctls: [...before.own.sysctls, ...(applied?.desired.sysctls ?? [])],
    files: look.files,
    ...joinUsed(used, usedFor(before.own)),
  };
}

/** What did not exist before that point; goes where it is empty. */
function madeSince({ originals }: History, { applied }: Point): Originals {
  const old = applied?.originals ?? NO_ORIGINALS;
  return {
    sysctls: [],
    directories: originals.directories.filter((directory) => !old.directories.includes(directory)),
    tables: originals.tables.filter((table) => !old.tables.includes(table)),
  };
}

function lookAt({ applied, journal, used: now }: History, point: Point): Look {
  const used = joinUsed(now, usedFor(point.own));
  const frontends = iptablesOf(used);
  return {
    nft: 'own',
    iptables: frontends,
    ipsets: frontends.length > 0,
    used,
    sysctls: point.own.sysctls.map(({ key }) => key),
    files: [
      ...KNOWN_FILES,
      ...(applied?.desired.files ?? []).map(({ path }) => path),
      ...(journal?.files ?? []),
      ...point.own.files.map(({ path }) => path),
    ],
  };
}
