import type { Backend, Site } from '../config/site.ts';
import { OWN_FILE_HEADER, OWN_NFT_TABLE } from '../kernel/ownership.ts';
import type { OwnedFile } from '../kernel/state.ts';
import { OWN_TABLE_NAMES } from '../kernel/table-names.ts';
import { type Family, ipVersion } from '../net/family.ts';
import { domainSets } from './named-sets.ts';
import { siteFamilies, type Uplink } from './uplinks.ts';

/** dnsmasq fills the sets of the domains that steering rules name. */
const DNSMASQ = '/etc/dnsmasq.d/polywan.conf';

/** `named` are the WANs whose tables get a name, so that `ip route show table fiber` works. */
export function planFiles(site: Site, backend: Backend, named: readonly Uplink[]): readonly OwnedFile[] {
  const names = named.map((uplink) => `${uplink.numbers.table}\t${uplink.wan.name}\n`);
  const files: OwnedFile[] = [{ path: OWN_TABLE_NAMES, text: OWN_FILE_HEADER + names.join('') }];
  const sets = domainSets(site);
  const families = siteFamilies(site);
  if (sets.length > 0)
    files.push({
      path: DNSMASQ,
      text: OWN_FILE_HEADER + sets.map((set) => dnsmasqLine(set, backend, families)).join(''),
    });
  return files;
}

type DomainSet = ReturnType<typeof domainSets>[number];

/** Only sets that are made: dnsmasq complains of each answer that it cannot put into one. */
function dnsmasqLine(set: DomainSet, backend: Backend, families: readonly Family[]): string {
  const [key, names] =
    backend === 'iptables'
      ? ['ipset', families.map((family) => set.ipset[family])]
      : ['nftset', families.map((family) => `${ipVersion(family)}#inet#${OWN_NFT_TABLE}#${set.nft[family]}`)];
  return `${key}=/${set.domain}/${names.join(',')}\n`;
}
