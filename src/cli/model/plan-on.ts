import type { Change } from '../../apply/change.ts';
import { diff } from '../../apply/diff.ts';
import { KNOWN_FILES } from '../../apply/owned-files.ts';
import type { Wish } from '../../apply/prepare.ts';
import { withoutTakenFiles } from '../../apply/taken-files.ts';
import { refuseTakenRoutes } from '../../apply/taken-routes.ts';
import type { Backend } from '../../config/site.ts';
import { ownState } from '../../kernel/ownership.ts';
import type { KernelState } from '../../kernel/state.ts';
import { allocationOf } from '../../plan/allocation-of.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/health-of.ts';
import type { Plan } from '../../plan/plan.ts';

export interface PlannedOn {
  readonly changes: readonly Change[];
  readonly plan: Plan & { readonly backend: Backend };
  /** Why this backend. */
  readonly reason: string;
}

/** What an apply would do to a machine that is known from files alone. */
export function planOn(state: KernelState, { site, down }: Wish): PlannedOn {
  // Of the files a state has, names of tables that others wrote are none of polywan's.
  const files = state.files.filter(({ path }) => KNOWN_FILES.includes(path));
  const own = ownState({ ...state, files });
  const frontend = own.tables.find((table) => table.frontend !== 'nft')?.frontend;
  const auto: Backend = frontend === undefined ? 'nftables' : 'iptables';
  const backend = site.backend === 'auto' ? auto : site.backend;
  const compiled = compile(site, state, {
    backend,
    ...(frontend === undefined || frontend === 'nft' ? {} : { iptables: frontend }),
    health: healthOf(down),
    allocation: allocationOf(site, state),
  });
  refuseTakenRoutes(state, compiled);
  const plan = withoutTakenFiles(compiled, state.files);
  const reason =
    site.backend !== 'auto'
      ? 'the site says so'
      : frontend === undefined
        ? 'what the kernel there can do is not known from files'
        : 'polywan uses it there';
  return { changes: diff(own, plan.desired), plan: { ...plan, backend }, reason };
}
