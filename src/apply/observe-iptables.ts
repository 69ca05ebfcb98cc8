import { readIpsetSave } from '../codec/ipset.ts';
import { readIptablesSave } from '../codec/iptables/read.ts';
import type { Host } from '../host/host.ts';
import type { IpSet, Table } from '../kernel/netfilter.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import type { IptablesFrontend } from './change.ts';
import { iptablesProgram } from './iptables-program.ts';
import { isDenied, missingProgram, pipe, pipeIfThere, runAsRoot, saidBy } from './pipe.ts';
import { Refusal } from './refusal.ts';

/** All tables of these front ends, both families. */
export async function observeIptables(
  host: Host,
  frontends: readonly IptablesFrontend[],
): Promise<readonly Table[]> {
  const saves = frontends.flatMap((frontend) => FAMILIES.map((family) => save(host, frontend, family)));
  return (await Promise.all(saves)).flat();
}

async function save(host: Host, frontend: IptablesFrontend, family: Family): Promise<readonly Table[]> {
  const program = iptablesProgram(frontend, family, 'save');
  const result = await pipe(host, program, []);
  if (result.code !== 0) {
    const said = saidBy(result);
    // A kernel without IPv6 has no ip6tables either.
    if (family === 'ipv6' && /not supported|do you need to insmod|does not exist/i.test(said)) return [];
    throw new Refusal(isDenied(said) ? runAsRoot(program, said) : `${program}: ${said}`);
  }
  const options = { family: family === 'ipv4' ? 'ip' : 'ip6', frontend, file: program } as const;
  return readIptablesSave(result.stdout, options).tables;
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
