import type { KernelState } from '../kernel/state.ts';
import { messageOf } from '../net/message-of.ts';
import type { Change } from './change.ts';
import { changeText } from './change-text.ts';
import { startCheck } from './check.ts';
import { isNft } from './diff-nft.ts';
import { dropEmptyTables, newTables } from './empty-tables.ts';
import { execute } from './execute.ts';
import { goBack } from './go-back.ts';
import type { Machine } from './machine.ts';
import type { Look } from './observe.ts';
import { missingDirectories, tidy } from './owned-files.ts';
import {
  type Applied,
  type Originals,
  type Point,
  removeJournal,
  writeApplied,
  writeJournal,
} from './records.ts';
import { Refusal } from './refusal.ts';
import { openSecondLook } from './second-look.ts';
import { mergeOriginals } from './settle.ts';
import { recordText } from './state-dir.ts';
import { describeLost } from './unwritable.ts';
import { joinUsed, usedFor } from './used.ts';

/** From one state of polywan's own part of the machine to another. */
export interface Transaction {
  readonly command: string;
  readonly before: Point;
  /** All that was seen, others' part too. */
  readonly observed: KernelState;
  readonly target: KernelState;
  readonly changes: readonly Change[];
  /** The answer to `startCheck`, where the caller has asked already. */
  readonly checked?: Promise<void>;
  readonly look: Look;
  /** To put back when polywan goes from the state before, and from the target. */
  readonly originals: { readonly before: Originals; readonly after: Originals };
  /** The record to leave; absent when nothing of polywan is to stay. */
  readonly applied: Applied | undefined;
}

/** How often going back is tried: each time from what is really there, so a second signal or a passing fault is met. */
const RESTORE_ATTEMPTS = 3;

/**
 * Checks, changes, verifies. Whatever fails on the way leads back to the state before and is told in the refusal. Gives the
 * originals as recorded, with the tables and directories that were made.
 */
export async function commit(machine: Machine, transaction: Transaction): Promise<Originals> {
  const { host } = machine;
  const checked = transaction.checked ?? startCheck(host, transaction.changes);
  const directories = missingDirectories(host, transaction.target.files);
  const made: Originals = {
    sysctls: [],
    directories,
    tables: await newTables(host, transaction.observed, transaction.target),
  };
  const after = mergeOriginals(transaction.originals.after, made);
  const applied = transaction.applied && { ...transaction.applied, originals: after };
  // What is written later is put into words while nft waits for the kernel.
  for (const change of transaction.changes) changeText(change);
  if (applied !== undefined) recordText(applied);
  await checked;
  // Before there is anything to go back from: a signal that comes with the journal ends nobody.
  const signals = watchSignals(machine);
  try {
    writeJournal(host, journalOf(machine, transaction, after));
    await changeOrGoBack(machine, { ...transaction, applied }, made, after, signals.received);
    removeJournal(host);
  } finally {
    signals.stop();
  }
  return after;
}

async function changeOrGoBack(
  machine: Machine,
  transaction: Transaction,
  made: Originals,
  after: Originals,
  stopped: () => string | undefined,
): Promise<void> {
  const { host } = machine;
  try {
    const observed = await carryOut(machine, transaction, stopped);
    await dropEmptyTables(host, observed, after.tables);
    const kept = new Set(transaction.applied === undefined ? [] : after.directories);
    tidy(
      host,
      transaction.look.files,
      after.directories.filter((directory) => !kept.has(directory)),
    );
    writeApplied(host, transaction.applied);
  } catch (error) {
    await restore(machine, transaction, made, error);
  }
}

/** Makes the changes and looks at what became of them. */
async function carryOut(
  machine: Machine,
  { changes, look, target }: Transaction,
  stopped: () => string | undefined,
): Promise<KernelState> {
  const again = openSecondLook(machine, look, target);
  try {
    await execute(machine, changes, stopped, again.readAhead);
    return await again.finish(target.tables.some(isNft) ? machine.nft.list() : undefined);
  } finally {
    machine.nft.close();
  }
}

function journalOf({ host }: Machine, transaction: Transaction, after: Originals) {
  return {
    version: 1,
    command: transaction.command,
    startedAtMs: host.now(),
    ...(transaction.applied === undefined ? {} : { siteFile: transaction.applied.siteFile }),
    before: transaction.before,
    originals: mergeOriginals(transaction.originals.before, after),
    sysctls: [...transaction.before.own.sysctls, ...transaction.target.sysctls],
    files: transaction.look.files,
    ...joinUsed(usedFor(transaction.before.own), usedFor(transaction.target)),
  } as const;
}

/** SIGHUP is what the terminal's end sends: a change under way is finished, not taken back, when only the caller goes. */
export function watchSignals({ host }: Machine) {
  let received: string | undefined;
  const stopStops = host.onSignal(['SIGTERM', 'SIGINT'], (signal) => {
    received ??= signal;
  });
  const stopHangups = host.onSignal(['SIGHUP'], () => {});
  return {
    received: () => received,
    stop: () => {
      stopStops();
      stopHangups();
    },
  };
}

/** Back to the state before, from whatever is there now; ends in a refusal that names what failed. */
async function restore(
  machine: Machine,
  { before, look }: Transaction,
  made: Originals,
  cause: unknown,
): Promise<never> {
  const failed = messageOf(cause);
  const { lost } = await tryAgain(RESTORE_ATTEMPTS, () => goBack(machine, before, look, made)).catch(
    (error: unknown) => {
      throw new Refusal(
        `${failed}\ngoing back failed too: ${messageOf(error)}\nrun polywan rollback when its cause is gone`,
      );
    },
  );
  removeJournal(machine.host);
  throw new Refusal(`${failed}\nthe machine is as it was before${describeLost(lost)}`);
}

async function tryAgain<T>(times: number, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    if (times === 1) throw error;
    return tryAgain(times - 1, work);
  });
}
