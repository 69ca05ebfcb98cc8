/** The names that `ip`, nft and iptables all know; every other protocol goes by its number. */
const NAMES: Readonly<Record<string, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  132: 'sctp',
};

/** The name of an IP protocol given by number or name. */
export function ipProtocolName(text: string): string {
  return NAMES[text] ?? text;
}
