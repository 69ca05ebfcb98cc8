export const ROLES = { wan: ['wan0', 'wan1'], lan: ['lan0'] };

export function nat(...rules: readonly string[]): string {
  return `*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:own - [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

export function raw(...rules: readonly string[]): string {
  return `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
}

export function links(
  ...addresses: readonly (readonly [device: string, address: string, length: number])[]
): string {
  return JSON.stringify(
    addresses.map(([ifname, local, prefixlen], at) => ({
      ifindex: at + 2,
      ifname,
      flags: ['UP', 'LOWER_UP'],
      mtu: 1500,
      addr_info: [{ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen, scope: 'global' }],
    })),
  );
}

export const WAN0 = '-A POSTROUTING -o wan0 -j MASQUERADE';
