import type { Host } from '../host/host.ts';
import type { Change } from './change.ts';
import { iptablesText, nftCheckText } from './change-text.ts';
import { refuseHiddenTables } from './hidden-tables.ts';
import { iptablesProgram } from './iptables-program.ts';
import { isDenied, pipe, runAsRoot, saidBy } from './pipe.ts';
import { Refusal } from './refusal.ts';

/** Has the kernel's tools read the netfilter part without loading it; refuses before anything is changed. */
export async function check(host: Host, changes: readonly Change[]): Promise<void> {
  // A set that is yet to be made fails the test of the rules that name it: they are tested by loading, which is
  // atomic for each table and is taken back when it is refused.
  const untestable = changes.some((change) => change.kind === 'ipset' && change.before === undefined);
  const tested = changes.filter((change) => change.kind === 'nft-table' || !untestable);
  await Promise.all([
    ...changes.map((change) => checkSight(host, change)),
    ...tested.map((change) => checkChange(host, change)),
  ]);
}

async function checkSight(host: Host, change: Change): Promise<void> {
  if (change.kind !== 'iptables') return;
  const tables = change.after.map(({ family, name }) => `${family} ${name}`);
  await refuseHiddenTables(host, change.frontend, change.family, tables);
}

/** The same on its way while the caller does what else is to be done before; whoever commits waits for it. */
export function startCheck(host: Host, changes: readonly Change[]): Promise<void> {
  const checked = check(host, changes);
  // Where the caller finds a reason to refuse by itself, nobody waits.
  checked.catch(() => undefined);
  return checked;
}

async function checkChange(host: Host, change: Change): Promise<void> {
  if (change.kind === 'nft-table') return test(host, 'nft', ['-c', '-f', '-'], nftCheckText(change));
  if (change.kind === 'iptables')
    return test(
      host,
      iptablesProgram(change.frontend, change.family, 'restore'),
      ['--test', '--noflush', '--wait'],
      iptablesText(change),
    );
}

async function test(host: Host, program: string, args: readonly string[], text: string): Promise<void> {
  if (text === '') return;
  const result = await pipe(host, program, args, text);
  if (result.code === 0) return;
  const said = saidBy(result);
  throw new Refusal(
    isDenied(said)
      ? runAsRoot(program, said)
      : `nothing was changed: ${program} ${args.slice(0, 1).join(' ')} refuses the new rules: ${said}`,
  );
}
