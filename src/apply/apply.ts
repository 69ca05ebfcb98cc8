import type { Site } from '../config/site.ts';
import type { Host } from '../host/host.ts';
import type { Change } from './change.ts';
import { commit } from './commit.ts';
import { dropEmptyTables } from './empty-tables.ts';
import type { Machine } from './machine.ts';
import { tidy } from './owned-files.ts';
import { type Beforehand, type Prepared, prepare, type Wish } from './prepare.ts';
import { type Applied, removeJournal, writeApplied } from './records.ts';
import { carryOutResets, describeReset, findResets, type Reset } from './resets.ts';

export interface Applying extends Prepared {
  readonly resets: readonly Reset[];
}

/** What an apply did: nothing at all when `changes` is empty. */
export interface ApplyReport {
  readonly applying: Applying;
  readonly changes: readonly Change[];
  /** Sentences about connections that ended. */
  readonly resets: readonly string[];
}

/** What an apply of this site would do, with the connections it would end. */
export async function planApply(machine: Machine, wish: Wish, beforehand?: Beforehand): Promise<Applying> {
  const prepared = await prepare(machine, wish, beforehand);
  const { history, plan, observed } = prepared;
  const resets = await findResets(machine.host, history.applied, wish.site, plan, observed.addresses);
  return { ...prepared, resets };
}

/** Carries a planned apply out. The caller holds the lock, and may have started the check of its changes. */
export async function carryOut(
  machine: Machine,
  wish: Wish,
  applying: Applying,
  checked?: Promise<void>,
): Promise<ApplyReport> {
  const { host } = machine;
  const { changes, history, look, observed, own, originals, target } = applying;
  const applied = appliedRecord(host.now(), wish, applying);
  let recorded = originals;
  if (changes.length > 0) {
    recorded = await commit(machine, {
      command: 'apply',
      before: { own, applied: history.applied },
      observed,
      target,
      changes,
      ...(checked === undefined ? {} : { checked }),
      look,
      originals: { before: history.originals, after: originals },
      applied,
    });
  } else {
    if (!sameRecord(history.applied, applied)) writeApplied(host, applied);
    // What a run that was cut off after its last change has not come to.
    if (history.journal !== undefined) {
      await dropEmptyTables(host, observed, originals.tables);
      tidy(host, look.files, []);
      removeJournal(host);
    }
  }
  return {
    applying: { ...applying, originals: recorded },
    changes,
    resets: await carryOutResets(host, applying.resets),
  };
}

function appliedRecord(now: number, { site }: Wish, applying: Applying): Applied {
  const { choice, down, plan, originals } = applying;
  return {
    version: 1,
    siteFile: site.file,
    backend: choice.backend,
    backendReason: choice.reason,
    appliedAtMs: now,
    down,
    desired: plan.desired,
    allocation: plan.allocation,
    markMask: plan.markMask,
    wans: plan.wans,
    policies: plan.policies,
    steering: site.steering,
    sitePolicies: site.policies,
    ...localTrafficOf(site),
    originals,
  };
}

function localTrafficOf(site: Site): { readonly localTraffic?: string } {
  return site.localTraffic === undefined ? {} : { localTraffic: site.localTraffic.value };
}

/** Whether the record of what is applied is what an apply that changes nothing would leave. */
export function isRecorded(host: Host, wish: Wish, applying: Applying): boolean {
  return sameRecord(applying.history.applied, appliedRecord(host.now(), wish, applying));
}

/** A no-op writes nothing: the time of the last real apply stays. */
function sameRecord(a: Applied | undefined, b: Applied): boolean {
  return (
    a !== undefined && JSON.stringify({ ...a, appliedAtMs: 0 }) === JSON.stringify({ ...b, appliedAtMs: 0 })
  );
}

export function resetSentences(applying: Pick<Applying, 'resets'>): readonly string[] {
  return applying.resets.flatMap(describeReset);
}
