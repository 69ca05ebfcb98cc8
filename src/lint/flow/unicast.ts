import type { Family } from '../../net/family.ts';
import { networkStretch } from '../../trace/operand.ts';
import { type Ranges, subtract } from '../../trace/ranges.ts';
import { addressPoint } from '../../trace/term.ts';
import { PRIVATE } from '../private-networks.ts';

/** Addresses a host may have: not this network, loopback, the link's own, multicast or reserved (RFC 6890). */
export const UNICAST: Readonly<Record<Family, Ranges>> = {
  ipv4: stretches('ipv4', [
    ['1.0.0.0', '126.255.255.255'],
    ['128.0.0.0', '169.253.255.255'],
    ['169.255.0.0', '223.255.255.255'],
  ]),
  ipv6: stretches('ipv6', [
    ['2000::', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ]),
};

/** Those of them that are found by way of an ISP. */
export const PUBLIC: Readonly<Record<Family, Ranges>> = {
  ipv4: withoutPrivate('ipv4'),
  ipv6: withoutPrivate('ipv6'),
};

function withoutPrivate(family: Family): Ranges {
  return PRIVATE[family].reduce((left, { address, length }) => {
    const point = addressPoint(address, family);
    return point === undefined ? left : subtract(left, networkStretch(point, length));
  }, UNICAST[family]);
}

function stretches(family: Family, ends: readonly (readonly [string, string])[]): Ranges {
  return ends.flatMap(([first, last]) =>
    [first, last].map((text) => {
      const point = addressPoint(text, family);
      if (point === undefined) throw new Error(`${text} is no address`);
      return point;
    }),
  );
}
