import { readIpsetSave } from '../codec/ipset.ts';
import { readIptablesSave } from '../codec/iptables/read.ts';
import type { Host } from '../host/host.ts';
import type { IpSet, Table } from '../kernel/netfilter.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import { hiddenTables, refuseHiddenChains } from './hidden-tables.ts';
import { iptablesProgram } from './iptables-program.ts';
import { isDenied, missingProgram, pipe, pipeIfThere, runAsRoot, saidBy } from './pipe.ts';
import { Refusal } from './refusal.ts';

interface Saved {
  readonly tables: readonly Table[];
  /** Tables that are there and were not shown. */
  readonly hidden: readonly string[];
}

const NOTHING: Saved = { tables: [], hidden: [] };

/**
 * All tables of these front ends, both families. With `own` it is refused where polywan has something in a table that is not
 * shown.
 */
export async function observeIptables(
  host: Host,
  frontends: readonly IptablesFrontend[],
  which: 'own' | 'all',
): Promise<readonly Table[]> {
  const saves = frontends.flatMap((frontend) => FAMILIES.map((family) => save(host, frontend, family)));
  const saved = await Promise.all(saves);
  const hidden = saved.flatMap((one) => one.hidden);
  if (which === 'own') await refuseHiddenChains(host, hidden);
  return saved.flatMap((one) => one.tables);
}

async function save(host: Host, frontend: IptablesFrontend, family: Family): Promise<Saved> {
  const program = iptablesProgram(frontend, family, 'save');
  const result = await pipe(host, program, []);
  if (result.code !== 0) {
    const said = saidBy(result);
    // A kernel without IPv6 has no ip6tables either.
    if (family === 'ipv6' && /not supported|do you need to insmod|does not exist/i.test(said)) return NOTHING;
    throw new Refusal(isDenied(said) ? runAsRoot(program, said) : `${program}: ${said}`);
  }
  const options = { family: family === 'ipv4' ? 'ip' : 'ip6', frontend, file: program } as const;
  const { tables } = readIptablesSave(result.stdout, options);
  return { tables, hidden: hiddenTables(family, result.stdout) };
}

/**
 * Where there is no ipset program, or it has no answer (as on a kernel without sets), there are no sets polywan could
 * have made; unless it has made some, which is `used`.
 */
export async function observeIpsets(host: Host, used: boolean): Promise<readonly IpSet[]> {
  const result = await pipeIfThere(host, 'ipset', ['save']);
  if (result.code === 0) return readIpsetSave(result.stdout);
  if (!used) return [];
  if (result.missing === true) throw new Refusal(missingProgram('ipset'));
  const said = saidBy(result);
  throw new Refusal(isDenied(said) ? runAsRoot('ipset', said) : `ipset save: ${said}`);
}
