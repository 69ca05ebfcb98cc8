import type { Backend, Site } from '../config/site.ts';
import type { OwnedFile } from '../kernel/state.ts';
import { domainSets } from './named-sets.ts';
import type { Uplink } from './uplinks.ts';

/** iproute2 reads every `*.conf` here, so that `ip route show table fiber` works. */
const TABLE_NAMES = '/etc/iproute2/rt_tables.d/polywan.conf';

/** dnsmasq fills the sets of the domains that steering rules name. */
const DNSMASQ = '/etc/dnsmasq.d/polywan.conf';

const HEADER = '# Written by polywan from the site; `polywan remove` takes it away.\n';

export function planFiles(site: Site, backend: Backend, uplinks: readonly Uplink[]): readonly OwnedFile[] {
  const names = uplinks.map((uplink) => `${uplink.numbers.table}\t${uplink.wan.name}\n`);
  const files: OwnedFile[] = [{ path: TABLE_NAMES, text: HEADER + names.join('') }];
  const sets = domainSets(site);
  if (sets.length > 0)
    files.push({ path: DNSMASQ, text: HEADER + sets.map((set) => dnsmasqLine(set, backend)).join('') });
  return files;
}

type DomainSet = ReturnType<typeof domainSets>[number];

function dnsmasqLine(set: DomainSet, backend: Backend): string {
  if (backend === 'iptables') return `ipset=/${set.domain}/${set.ipset.ipv4},${set.ipset.ipv6}\n`;
  return `nftset=/${set.domain}/4#inet#polywan#${set.nft.ipv4},6#inet#polywan#${set.nft.ipv6}\n`;
}
