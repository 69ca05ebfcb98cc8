import type { Family } from '../../net/family.ts';

/** Documentation addresses (RFC 5737, RFC 3849) for what no rule asks for. */
export interface HostAddresses {
  readonly internet: string;
  /** Another host outside, for connections that come in. */
  readonly visitor: string;
  /** The nth interface's network inside, and a host of it. */
  readonly client: (lan: number) => string;
  readonly inside: (lan: number) => string;
  /** The router's own address on the nth uplink. */
  readonly own: (wan: number) => string;
  readonly everything: string;
}

const IPV4: HostAddresses = {
  internet: '203.0.113.9',
  visitor: '203.0.113.77',
  client: (lan) => `192.0.2.${16 * (lan % 15) + 10}`,
  inside: (lan) => `192.0.2.${16 * (lan % 15) + 1}`,
  own: (wan) => `198.51.100.${(wan % 250) + 2}`,
  everything: '0.0.0.0',
};

const IPV6: HostAddresses = {
  internet: '2001:db8:9::9',
  visitor: '2001:db8:9::77',
  client: (lan) => `2001:db8:1:${lan}::10`,
  inside: (lan) => `2001:db8:1:${lan}::1`,
  own: (wan) => `2001:db8:2:${wan}::2`,
  everything: '::',
};

export function hostAddresses(family: Family): HostAddresses {
  return family === 'ipv4' ? IPV4 : IPV6;
}
