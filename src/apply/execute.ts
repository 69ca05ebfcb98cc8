import type { Host } from '../host/host.ts';
import { FAMILIES } from '../net/family.ts';
import type { Change } from './change.ts';
import { ipLines, ipsetText, iptablesText, nftText } from './change-text.ts';
import { iptablesProgram } from './iptables-program.ts';
import type { Machine } from './machine.ts';
import { removeOwnedFile, writeOwnedFile } from './owned-files.ts';
import { pipe, saidBy } from './pipe.ts';
import { StepFailure } from './step-failure.ts';
import { writeSysctl } from './sysctl.ts';

/** How the programs that load rules are started; they read them from standard input. */
export const NFT_WORDS = ['-f', '-'] as const;
export const RESTORE_WORDS = ['--noflush', '--wait'] as const;

/**
 * Carries the changes out in their order; neighbours that one tool can take are given to it together. Throws at the
 * first that is refused, and before the next when `stopped` gives a reason; what was done by then stays done. Tells when
 * none that follows changes a route or a policy rule.
 */
export async function execute(
  machine: Machine,
  changes: readonly Change[],
  stopped: () => string | undefined,
  routingIsDone?: () => void,
): Promise<void> {
  const all = groups(changes);
  const lastOfRouting = all.map((group) => group.some(isRouting)).lastIndexOf(true);
  if (lastOfRouting === -1) routingIsDone?.();
  for (const [at, group] of all.entries()) {
    const reason = stopped();
    if (reason !== undefined) throw new StepFailure('polywan was told to stop', reason);
    await executeGroup(machine, group);
    if (at === lastOfRouting) routingIsDone?.();
  }
}

type Group = readonly [Change, ...Change[]];

function groups(changes: readonly Change[]): readonly Group[] {
  const found: [Change, ...Change[]][] = [];
  for (const change of changes) {
    const last = found.at(-1);
    if (last !== undefined && together(last[0], change)) last.push(change);
    else found.push([change]);
  }
  return found;
}

/** What marks need is there before they are set, and goes after them: in which order among itself does not matter. */
function together(a: Change, b: Change): boolean {
  return isForMarks(a) && isForMarks(b) && (a.after === undefined) === (b.after === undefined);
}

function isForMarks(change: Change): boolean {
  return isRouting(change) || change.kind === 'file' || change.kind === 'sysctl';
}

function isRouting(change: Change): boolean {
  return change.kind === 'route' || change.kind === 'policy-rule';
}

async function executeGroup(machine: Machine, group: Group): Promise<void> {
  const [first] = group;
  const { host } = machine;
  switch (first.kind) {
    case 'route':
    case 'policy-rule':
    case 'file':
    case 'sysctl':
      return changeForMarks(machine, group);
    case 'nft-table':
    case 'nft-elements':
      return loadNft(machine, first);
    case 'ipset':
      return feedTo(host, 'ipset', ['restore'], ipsetText(first));
    case 'iptables':
      return feedTo(
        host,
        iptablesProgram(first.frontend, first.family, 'restore'),
        RESTORE_WORDS,
        iptablesText(first),
      );
  }
}

/** All side by side; all have ended before a failure of one is told, so that nothing runs on behind it. */
async function changeForMarks(machine: Machine, group: Group): Promise<void> {
  const gone = group[0].after === undefined;
  const routing = FAMILIES.map((family) => machine.ip.get(family)?.change(ipLines(group, family), gone));
  const results = await Promise.allSettled([...routing, writeAll(machine.host, group)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function writeAll(host: Host, group: Group): Promise<void> {
  for (const change of group) {
    if (change.kind === 'file') {
      if (change.after === undefined) removeOwnedFile(host, change.path);
      else writeOwnedFile(host, change.after);
    }
    if (change.kind === 'sysctl' && change.after !== undefined) writeSysctl(host, change.after);
  }
}

/** In one piece: should polywan be killed meanwhile, nft sees all of it, nothing, or a part that is no whole command. */
async function loadNft(
  { host, nft }: Machine,
  change: Extract<Change, { readonly kind: 'nft-table' | 'nft-elements' }>,
): Promise<void> {
  const text = nftText(change);
  if (!(await nft.load(text, change.after === undefined ? 'nothing' : 'table')))
    await feedTo(host, 'nft', NFT_WORDS, text);
}

async function feedTo(host: Host, program: string, args: readonly string[], text: string): Promise<void> {
  if (text === '') return;
  const result = await pipe(host, program, args, text);
  if (result.code !== 0) throw new StepFailure(program, saidBy(result));
}
