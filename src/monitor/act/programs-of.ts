import { NFT_WORDS, RESTORE_WORDS } from '../../apply/execute.ts';
import { iptablesProgram } from '../../apply/iptables-program.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { SpareProgram } from './spares.ts';

/** What will load the next change of these tables. */
export function programsOf({ tables }: KernelState): readonly SpareProgram[] {
  const programs = tables.map(({ frontend, family }) =>
    frontend === 'nft' ? 'nft' : iptablesProgram(frontend, family === 'ip6' ? 'ipv6' : 'ipv4', 'restore'),
  );
  return [...new Set(programs)].map((program) =>
    program === 'nft' ? ['nft', ...NFT_WORDS] : [program, ...RESTORE_WORDS],
  );
}
