import { sameTable } from '../kernel/canonical.ts';
import type { NetfilterFamily, Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import type { Change, IptablesFrontend } from './change.ts';

const FRONTENDS: readonly IptablesFrontend[] = ['iptables-nft', 'iptables-legacy'];

const TABLE_FAMILY: Readonly<Record<Family, NetfilterFamily>> = { ipv4: 'ip', ipv6: 'ip6' };

/** One change for each front end and family whose own chains are not as wanted. */
export function diffIptables(observed: KernelState, desired: KernelState): readonly Change[] {
  return FRONTENDS.flatMap((frontend) =>
    FAMILIES.flatMap((family): Change[] => {
      const of = (state: KernelState): readonly Table[] =>
        state.tables.filter((table) => table.frontend === frontend && table.family === TABLE_FAMILY[family]);
      const before = of(observed);
      const after = of(desired);
      return sameTables(before, after) ? [] : [{ kind: 'iptables', frontend, family, before, after }];
    }),
  );
}

function sameTables(before: readonly Table[], after: readonly Table[]): boolean {
  if (before.length !== after.length) return false;
  return after.every((table) => {
    const old = before.find((candidate) => candidate.name === table.name);
    return old !== undefined && sameTable(old, table);
  });
}
