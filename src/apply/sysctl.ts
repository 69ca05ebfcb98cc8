import type { Wan } from '../config/site.ts';
import { type Host, HostError } from '../host/host.ts';
import type { Sysctl } from '../kernel/state.ts';
import { sysctlKey } from '../kernel/sysctl-key.ts';
import { FAMILIES, type Family } from '../net/family.ts';
import { ipv6Switch } from '../plan/device-facts.ts';

/** `net.ipv4.conf.wan0/5.rp_filter` → `/proc/sys/net/ipv4/conf/wan0.5/rp_filter`, as sysctl(8) reads it. */
function procPath(key: string): string {
  return `/proc/sys/${key.replaceAll(/[./]/g, (sign) => (sign === '.' ? '/' : '.'))}`;
}

/** The values of the keys this machine has; a key it has not is left out. */
export function readSysctls(host: Host, keys: readonly string[]): readonly Sysctl[] {
  return [...new Set(keys)].flatMap((key) => {
    const text = readQuietly(host, procPath(key));
    return text === undefined ? [] : [{ key, value: text.trim() }];
  });
}

/** Some entries cannot be read at all (write-only), and an interface can go between list and read. */
function readQuietly(host: Host, path: string): string | undefined {
  try {
    return host.readFile(path);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

export function writeSysctl(host: Host, sysctl: Sysctl): void {
  host.overwriteFile(procPath(sysctl.key), `${sysctl.value}\n`);
}

/** What the plan of a site with these WANs asks of a machine; what it sets is looked at beside. */
export function planSysctlKeys(wans: readonly Wan[]): readonly string[] {
  return [
    'net.ipv4.conf.all.rp_filter',
    ...wans.flatMap((wan) =>
      wan.families.flatMap((family) => (family === 'ipv4' ? ipv4Keys(wan) : ipv6Keys(wan))),
    ),
  ];
}

function ipv4Keys({ interface: device }: Wan): readonly string[] {
  return [sysctlKey('ipv4', device, 'rp_filter')];
}

/** Whether it takes router advertisements matters where a default route is to come by them. */
function ipv6Keys({ interface: device, gateway }: Wan): readonly string[] {
  const advertised = gateway.ipv6.kind === 'auto' ? [sysctlKey('ipv6', device, 'accept_ra')] : [];
  return [ipv6Switch(device), ...advertised];
}

/** Beside what it asks, all that such a plan may set, also of devices that come later. */
export function siteSysctlKeys(wans: readonly Wan[]): readonly string[] {
  return [
    ...planSysctlKeys(wans),
    ...wans.map((wan) => sysctlKey('ipv4', wan.interface, 'src_valid_mark')),
    'net.ipv4.ip_forward',
    'net.ipv6.conf.all.forwarding',
  ];
}

type DeviceSettings = Readonly<Record<Family, readonly string[]>>;

/** What plans read or write of devices. */
const PLANNED: DeviceSettings = {
  ipv4: ['rp_filter', 'src_valid_mark', 'forwarding'],
  ipv6: ['accept_ra', 'forwarding', 'disable_ipv6'],
};

/** What decides of their packets beside it. Since 6.17 force_forwarding has one device forward what all do not. */
const TRACED: DeviceSettings = {
  ipv4: ['accept_local', 'route_localnet', 'arp_filter', 'ignore_routes_with_linkdown'],
  ipv6: ['ignore_routes_with_linkdown', 'use_tempaddr', 'force_forwarding'],
};

function keysOf(interfaces: readonly string[], settings: DeviceSettings): readonly string[] {
  return ['all', 'default', ...interfaces].flatMap((device) =>
    FAMILIES.flatMap((family) => settings[family].map((name) => sysctlKey(family, device, name))),
  );
}

/** What a plan that begins with a snapshot, or its reader, asks of a machine with these interfaces. */
export function sysctlKeys(interfaces: readonly string[]): readonly string[] {
  return [
    'net.ipv4.ip_forward',
    'net.ipv4.fwmark_reflect',
    'net.ipv4.tcp_fwmark_accept',
    'net.ipv6.fwmark_reflect',
    'net.ipv6.conf.all.forwarding',
    ...keysOf(interfaces, PLANNED),
  ];
}

/** Beside what a plan asks for: what turns a packet away or elsewhere before or after the rules. */
export function traceSysctlKeys(interfaces: readonly string[]): readonly string[] {
  return [
    ...sysctlKeys(interfaces),
    // The kernel's age, which decides whether a multipath route heeds the source.
    'kernel.osrelease',
    'net.ipv4.fib_multipath_hash_policy',
    'net.ipv6.fib_multipath_hash_policy',
    'net.ipv4.icmp_echo_ignore_broadcasts',
    'net.ipv6.anycast_src_echo_reply',
    'net.ipv4.ip_early_demux',
    'net.ipv4.tcp_early_demux',
    'net.ipv4.udp_early_demux',
    'net.ipv4.ip_nonlocal_bind',
    'net.ipv4.ip_local_port_range',
    'net.ipv4.tcp_l3mdev_accept',
    'net.ipv4.udp_l3mdev_accept',
    'net.netfilter.nf_conntrack_tcp_be_liberal',
    'net.netfilter.nf_conntrack_tcp_loose',
    'net.bridge.bridge-nf-call-iptables',
    'net.bridge.bridge-nf-call-ip6tables',
    ...keysOf(interfaces, TRACED),
  ];
}

/** How full the table of connections is; undefined where the kernel tracks none. */
export function readConntrackUse(host: Host): { readonly count: number; readonly max: number } | undefined {
  const keys = ['net.netfilter.nf_conntrack_count', 'net.netfilter.nf_conntrack_max'];
  const [count, max] = keys.map((key) => readSysctls(host, [key])[0]?.value);
  return count === undefined || max === undefined ? undefined : { count: Number(count), max: Number(max) };
}
