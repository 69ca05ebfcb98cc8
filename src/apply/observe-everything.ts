import { iptablesPartOf, isIptablesTable, nftPartOf } from '../codec/iptables-in-nft.ts';
import type { Host } from '../host/host.ts';
import type { Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { IptablesFrontend } from './change.ts';
import { findProgram } from './find-program.ts';
import { installedFrontends, loadedLegacyTables } from './iptables-program.ts';
import { withMachine } from './machine.ts';
import { observe } from './observe.ts';
import { KNOWN_FILES } from './owned-files.ts';
import { missingProgram } from './pipe.ts';
import { Refusal } from './refusal.ts';
import { readConntrackUse, readSysctls, traceSysctlKeys } from './sysctl.ts';

/** All of this machine that decides a packet's way. Nothing is changed. */
export async function observeEverything(host: Host): Promise<KernelState> {
  const frontends = installedFrontends(host);
  const state = await withMachine(host, (machine) =>
    observe(machine, {
      nft: 'all',
      iptables: frontends,
      ipsets: true,
      sysctls: [],
      files: KNOWN_FILES,
      tableNames: true,
    }),
  );
  const conntrack = readConntrackUse(host);
  return {
    ...state,
    tables: withoutTwins(state.tables, frontends),
    sysctls: readSysctls(host, traceSysctlKeys(state.links.map((link) => link.name))),
    ...(conntrack === undefined ? {} : { conntrack }),
  };
}

/** What may be here and cannot be seen for want of a program, in words. */
export function unseenHere(host: Host): readonly string[] {
  const nft = findProgram(host, 'nft') === undefined;
  const legacy = installedFrontends(host).includes('iptables-legacy') ? '' : loadedLegacyTables(host);
  return [
    ...(nft ? [`${missingProgram('nft')}: nft tables, if there are any, are not seen`] : []),
    ...(legacy === '' ? [] : [`${missingProgram('iptables-legacy')}: its tables ${legacy} are not seen`]),
  ];
}

/**
 * nft lists the tables of iptables-nft too, and wrongly (kernel-facts 7.1): iptables-save has told of them, but for
 * chains that nft has added, and for a table that it cannot print at all.
 */
function withoutTwins(tables: readonly Table[], frontends: readonly IptablesFrontend[]): readonly Table[] {
  const twin = tables.find(isIptablesTable);
  if (twin !== undefined && !frontends.includes('iptables-nft'))
    throw new Refusal(
      `table ${twin.family} ${twin.name} is kept by iptables-nft, which is not installed here, and nft shows it wrongly`,
    );
  // iptables-save does not say of a table that nft has put it to sleep.
  const asleep = tables.filter(({ frontend, dormant }) => frontend === 'nft' && dormant === true);
  const kept = tables.filter(({ frontend }) => frontend === 'iptables-nft');
  return tables.flatMap((table) => {
    if (kept.includes(table)) return [asleep.some(isNamed(table)) ? { ...table, dormant: true } : table];
    const isTwin =
      kept.some(isNamed(table)) && (isIptablesTable(iptablesPartOf(table)) || asleep.includes(table));
    return isTwin ? nftPartOf(table) : [table];
  });
}

function isNamed({ family, name }: Table): (other: Table) => boolean {
  return (other) => other.family === family && other.name === name;
}
