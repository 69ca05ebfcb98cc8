import type { ApplyRouter } from './apply-router.ts';

/** A host that only the default route leads to; nothing answers for it. */
export const ELSEWHERE = '203.0.113.200';

const PORT = 5000;

/** What trace says of each way a datagram of the router's to that host can take. */
export function summariesOf(router: ApplyRouter): readonly string[] {
  const words = ['trace', '--live', '--out', '--dst', ELSEWHERE, '--proto', 'udp', '--dport', String(PORT)];
  const { paths } = JSON.parse(router.polywan([...words, '--json']).stdout) as {
    readonly paths: readonly { readonly summary: string }[];
  };
  return paths.map(({ summary }) => summary);
}

/** A command that sends datagrams from one socket. */
export function sending(count: number, tos = 0): string {
  return `perl -MSocket=:all -e 'socket(my $s, AF_INET, SOCK_DGRAM, 0); setsockopt($s, IPPROTO_IP, IP_TOS, pack("i", ${tos}));
    send($s, "x", 0, pack_sockaddr_in(${PORT}, inet_aton("${ELSEWHERE}"))) for 1 .. ${count}'`;
}
