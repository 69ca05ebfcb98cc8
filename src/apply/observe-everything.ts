import { isIptablesTable } from '../codec/iptables-in-nft.ts';
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
import { readConntrackUse, readSysctls, sysctlKeys } from './sysctl.ts';

/** Names people have given to tables. */
const TABLE_NAMES = '/etc/iproute2/rt_tables';
const TABLE_NAME_FOLDER = '/etc/iproute2/rt_tables.d';

/** All of this machine that decides a packet's way. Nothing is changed. */
export async function observeEverything(host: Host): Promise<KernelState> {
  const frontends = installedFrontends(host);
  const named = (host.listDirectory(TABLE_NAME_FOLDER) ?? []).map((name) => `${TABLE_NAME_FOLDER}/${name}`);
  const files = [...KNOWN_FILES, TABLE_NAMES, ...named.filter((name) => name.endsWith('.conf'))];
  const state = await withMachine(host, (machine) =>
    observe(machine, { nft: 'all', iptables: frontends, ipsets: true, sysctls: [], files }),
  );
  const conntrack = readConntrackUse(host);
  return {
    ...state,
    tables: withoutTwins(state.tables, frontends),
    sysctls: readSysctls(host, snapshotKeys(state.links.map((link) => link.name))),
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

/** nft lists the tables of iptables-nft too, and wrongly (kernel-facts 7.1): iptables-save has told of them. */
function withoutTwins(tables: readonly Table[], frontends: readonly IptablesFrontend[]): readonly Table[] {
  const twin = tables.find(isIptablesTable);
  if (twin !== undefined && !frontends.includes('iptables-nft'))
    throw new Refusal(
      `table ${twin.family} ${twin.name} is kept by iptables-nft, which is not installed here, and nft shows it wrongly`,
    );
  return tables.filter((table) => !isIptablesTable(table));
}

/** Beside what a plan asks for: what turns a packet away or elsewhere before or after the rules. */
function snapshotKeys(interfaces: readonly string[]): readonly string[] {
  const devices = ['all', 'default', ...interfaces.map((name) => name.replaceAll('.', '/'))];
  return [
    ...sysctlKeys(interfaces),
    // The kernel's age, which decides whether a multipath route heeds the source.
    'kernel.osrelease',
    'net.ipv4.fib_multipath_hash_policy',
    'net.ipv6.fib_multipath_hash_policy',
    'net.ipv4.ip_nonlocal_bind',
    'net.ipv4.tcp_l3mdev_accept',
    'net.ipv4.udp_l3mdev_accept',
    'net.netfilter.nf_conntrack_tcp_be_liberal',
    'net.netfilter.nf_conntrack_tcp_loose',
    'net.bridge.bridge-nf-call-iptables',
    'net.bridge.bridge-nf-call-ip6tables',
    ...devices.flatMap((device) => [
      `net.ipv4.conf.${device}.accept_local`,
      `net.ipv4.conf.${device}.route_localnet`,
      `net.ipv4.conf.${device}.arp_filter`,
      `net.ipv6.conf.${device}.disable_ipv6`,
    ]),
  ];
}
