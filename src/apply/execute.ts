import { policyRuleCommand, routeCommand } from '../codec/ip-batch.ts';
import type { Host } from '../host/host.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import type { Change } from './change.ts';
import { iptablesProgram } from './iptables-program.ts';
import type { Machine } from './machine.ts';
import { ipsetText, iptablesText, nftText } from './netfilter-text.ts';
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
  const lastOfRouting = all.map(([first]) => isRouting(first)).lastIndexOf(true);
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

function together(a: Change, b: Change): boolean {
  return isRouting(a) && isRouting(b) && (a.after === undefined) === (b.after === undefined);
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
      return changeRouting(machine, group, first.after === undefined);
    case 'file':
      return first.after === undefined
        ? removeOwnedFile(host, first.path)
        : writeOwnedFile(host, first.after);
    case 'sysctl':
      return first.after === undefined ? undefined : writeSysctl(host, first.after);
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

/** Both families side by side; both have ended before a failure of one is told, so that nothing runs on behind it. */
async function changeRouting(machine: Machine, group: Group, gone: boolean): Promise<void> {
  const results = await Promise.allSettled(
    FAMILIES.map((family) => machine.ip.get(family)?.change(ipLines(group, family), gone)),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** The lines one family's `ip -batch` is fed for these changes. */
export function ipLines(changes: readonly Change[], family: Family): readonly string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'route') {
      const route = change.after ?? change.before;
      return route?.family === family
        ? [routeCommand(change.after === undefined ? 'del' : 'replace', route)]
        : [];
    }
    if (change.kind !== 'policy-rule') return [];
    const rule = change.after ?? change.before;
    return rule?.family === family
      ? [policyRuleCommand(change.after === undefined ? 'del' : 'add', rule)]
      : [];
  });
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
