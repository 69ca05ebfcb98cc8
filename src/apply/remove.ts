import type { Host } from '../host/host.ts';
import { ownState } from '../kernel/ownership.ts';
import { EMPTY_STATE, type KernelState } from '../kernel/state.ts';
import { forgetFeatures } from './backend.ts';
import type { Change } from './change.ts';
import { commit } from './commit.ts';
import { diff } from './diff.ts';
import { dropEmptyTables } from './empty-tables.ts';
import { installedFrontends } from './iptables-program.ts';
import type { Machine } from './machine.ts';
import { type Look, observeOwn } from './observe.ts';
import { KNOWN_FILES, tidy } from './owned-files.ts';
import { readHistory } from './prepare.ts';
import { type Originals, removeJournal, removePending, writeApplied } from './records.ts';
import { forgetRejected } from './rejected.ts';
import { settle } from './settle.ts';
import { forget } from './unchanged.ts';
import { iptablesOf } from './used.ts';

/**
 * Takes away everything of polywan's, wherever it may be: also what lost its records. Sysctls go back to what they were
 * where they still have polywan's value. The caller holds the lock.
 */
export async function remove(machine: Machine): Promise<readonly Change[]> {
  const { host } = machine;
  const history = readHistory(machine);
  const { applied, journal, originals, used } = history;
  const look: Look = {
    nft: 'own',
    iptables: [...new Set([...installedFrontends(host), ...iptablesOf(used)])],
    ipsets: true,
    used,
    sysctls: originals.sysctls.map(({ key }) => key),
    files: [
      ...KNOWN_FILES,
      ...(applied?.desired.files ?? []).map(({ path }) => path),
      ...(journal?.files ?? []),
    ],
  };
  const observed = await observeOwn(machine, look, machine.nft.list());
  const own = ownState(observed);
  const ours = [...(applied?.desired.sysctls ?? []), ...(journal?.sysctls ?? [])];
  const { target } = settle(EMPTY_STATE, observed, ours, originals);
  const changes = diff(own, target);
  if (changes.length > 0)
    await commit(machine, {
      command: 'remove',
      before: { own, applied },
      observed,
      target,
      changes,
      look,
      originals: { before: originals, after: { ...originals, sysctls: [] } },
      applied: undefined,
    });
  else await removeRest(host, observed, look, originals);
  // Until here whatever failed has left the apply that waits for its word, and its way back.
  removePending(host);
  writeApplied(host, undefined);
  removeJournal(host);
  forgetRejected(host);
  forget(host);
  forgetFeatures(host);
  return changes;
}

/** What a run that was cut off after its last change has not come to. */
async function removeRest(
  host: Host,
  observed: KernelState,
  { files }: Look,
  originals: Originals,
): Promise<void> {
  await dropEmptyTables(host, observed, originals.tables);
  tidy(host, files, originals.directories);
}
