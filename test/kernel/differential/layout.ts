import { execFileSync } from 'node:child_process';
import { BY_WAN1, CLIENTS, SERVERS } from './hosts.ts';
import { inFamily } from './variation.ts';

/** Answers leave by the device their flow came in by. */
export const OUTSIDE = `table inet back {
 chain in {
 type filter hook prerouting priority -150
 ct direction original ct mark 0 iifname "wan0" ct mark set 1
 ct direction original ct mark 0 iifname "wan1" ct mark set 2
 }
 chain out {
 type route hook output priority -150
 meta mark set ct mark
 }
}
`;

/**
 * A SYN that a slow machine sends again would be one more first packet. Ports come back after more rulesets than a
 * minute has.
 */
export const ONE_SYN = ` set opened {
 type inet_service
 flags dynamic
 timeout 1m
 }
 chain opening {
 type filter hook output priority -400
 tcp flags & (syn | ack) != syn accept
 tcp sport @opened drop
 update @opened { tcp sport }
 }
`;

/**
 * A host's own ICMP error about a packet would run through the rules as well, and mark the connection, at a time that
 * nobody chose: only those of error-sender.pl go out.
 */
export const QUIET = `table inet quiet {
${ONE_SYN} chain out {
 type filter hook output priority 0
 icmp type destination-unreachable ip ttl 99 accept
 icmpv6 type destination-unreachable ip6 hoplimit 99 accept
 meta l4proto { icmp, ipv6-icmp } drop
 tcp flags & (fin | rst) != 0 drop
 }
}
`;

export function removeNamespaces(...namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    try {
      execFileSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
    } catch {
      // It was never made.
    }
  }
}

/** `labels`: whether what is sent in IPv6 has a flow label, which is different in every run and goes into hashes. */
export function layout(lan: string, box: string, out: string, labels: boolean): string {
  const pair = (device: keyof typeof MACS, other: string, inside: string, outside: string) => `
link add ${device} address ${MACS[device].near} netns ${box} type veth peer name ${device} address ${MACS[device].far} netns ${other}
-n ${box} addr add ${inside} dev ${device}
-n ${box} addr add ${inFamily(inside, 'ipv6')} dev ${device} nodad
-n ${box} link set ${device} up
-n ${other} addr add ${outside} dev ${device}
-n ${other} addr add ${inFamily(outside, 'ipv6')} dev ${device} nodad
-n ${other} link set ${device} up`;
  const hosts = [lan, box, out];
  return (
    hosts
      .map((each) => `netns add ${each}`)
      // No addresses of their own making, and no answer to a SYN sent twice.
      .concat(
        hosts.map(
          (each) =>
            `netns exec ${each} sysctl -qw ${QUIET_SYSCTLS} net.ipv6.auto_flowlabels=${labels ? 1 : 0}`,
        ),
      )
      .concat(hosts.map((each) => `-n ${each} link set lo up`))
      .concat(
        [
          pair('lan0', lan, '192.168.1.1/24', '192.168.1.10/24'),
          pair('wan0', out, '198.51.100.2/24', '198.51.100.1/24'),
          pair('wan1', out, '203.0.113.2/24', '203.0.113.1/24'),
        ].flatMap((text) => text.split('\n').filter((line) => line !== '')),
      )
      .concat(
        inBothFamilies([
          `-n ${lan} addr add 192.168.1.11/24 dev lan0`,
          `-n ${lan} route add default via 192.168.1.1`,
          ...SERVERS.map((address) => `-n ${out} addr add ${address}/32 dev lo`),
          `-n ${out} route add default via 198.51.100.2 dev wan0 table 1`,
          `-n ${out} route add default via 203.0.113.2 dev wan1 table 2`,
          `-n ${out} route add default via 198.51.100.2 dev wan0`,
          `-n ${out} rule add priority 10 fwmark 1 lookup 1`,
          `-n ${out} rule add priority 11 fwmark 2 lookup 2`,
          `-n ${out} addr add ${BY_WAN1}/32 dev lo`,
          `-n ${out} rule add priority 12 from ${BY_WAN1} lookup 2`,
        ]),
      )
      .concat(neighbours(lan, box, out))
      .map((line) => `ip ${line}`)
      .join('\n')
  );
}

const QUIET_SYSCTLS =
  'net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.accept_ra=0 net.ipv4.tcp_synack_retries=0';

function inBothFamilies(commands: readonly string[]): readonly string[] {
  const ipv6 = commands.map((text) => `-6 ${inFamily(text, 'ipv6')}`);
  return [...commands, ...ipv6.map((text) => (text.includes(' addr add ') ? `${text} nodad` : text))];
}

/** Whether a machine answers ARP depends on its policy rules too: here everybody knows everybody. */
function neighbours(lan: string, box: string, out: string): readonly string[] {
  const know = (who: string, device: string, mac: string, ...addresses: readonly string[]) =>
    addresses
      .flatMap((address) => [address, inFamily(address, 'ipv6')])
      .map((address) => `-n ${who} neigh replace ${address} lladdr ${mac} nud permanent dev ${device}`);
  return [
    ...know(box, 'lan0', MACS.lan0.far, ...CLIENTS),
    ...know(box, 'wan0', MACS.wan0.far, '198.51.100.1'),
    ...know(box, 'wan1', MACS.wan1.far, '203.0.113.1'),
    ...know(lan, 'lan0', MACS.lan0.near, '192.168.1.1'),
    ...know(out, 'wan0', MACS.wan0.near, '198.51.100.2'),
    ...know(out, 'wan1', MACS.wan1.near, '203.0.113.2'),
  ];
}

const MACS = {
  lan0: { near: '02:00:00:00:01:01', far: '02:00:00:00:01:02' },
  wan0: { near: '02:00:00:00:02:01', far: '02:00:00:00:02:02' },
  wan1: { near: '02:00:00:00:03:01', far: '02:00:00:00:03:02' },
} as const;
