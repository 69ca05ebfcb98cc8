import type { Host } from '../host/host.ts';
import type { Frontend } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { IptablesFrontend } from './change.ts';
import { findProgram } from './find-program.ts';
import { iptablesProgram } from './iptables-program.ts';
import { missingProgram } from './pipe.ts';
import { Refusal } from './refusal.ts';

/** What polywan has loaded rules and sets with. Only the same programs can show them, and take them away. */
export interface Used {
  readonly frontends: readonly Frontend[];
  readonly ipsets: boolean;
}

export function usedFor({ tables, ipsets }: Pick<KernelState, 'tables' | 'ipsets'>): Used {
  return { frontends: tables.map(({ frontend }) => frontend), ipsets: ipsets.length > 0 };
}

export function joinUsed(...all: readonly Used[]): Used {
  return {
    frontends: [...new Set(all.flatMap(({ frontends }) => frontends))],
    ipsets: all.some(({ ipsets }) => ipsets),
  };
}

export function iptablesOf({ frontends }: Used): readonly IptablesFrontend[] {
  return frontends.flatMap((frontend) => (frontend === 'nft' ? [] : [frontend]));
}

/** What cannot be seen would be taken for gone, and stay for ever. */
export async function refuseUnseen(host: Host, used: Used | undefined): Promise<void> {
  if (used === undefined) return;
  const programs = [
    ...used.frontends.map((frontend) =>
      frontend === 'nft' ? 'nft' : iptablesProgram(frontend, 'ipv4', 'save'),
    ),
    ...(used.ipsets ? ['ipset'] : []),
  ];
  const missing = programs.find((program) => findProgram(host, program) === undefined);
  if (missing !== undefined)
    throw new Refusal(
      `${missingProgram(missing)}, and polywan has used it here: what it has loaded can neither be seen nor taken away without it`,
    );
}
