import type { Family } from '../../net/family.ts';
import type { Ranges } from '../../trace/ranges.ts';
import { addressPoint } from '../../trace/term.ts';

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

/** Those of them that are found by way of an ISP: no private ones (RFC 1918, 6598, 4193). */
export const PUBLIC: Readonly<Record<Family, Ranges>> = {
  ipv4: stretches('ipv4', [
    ['1.0.0.0', '9.255.255.255'],
    ['11.0.0.0', '100.63.255.255'],
    ['100.128.0.0', '126.255.255.255'],
    ['128.0.0.0', '169.253.255.255'],
    ['169.255.0.0', '172.15.255.255'],
    ['172.32.0.0', '192.167.255.255'],
    ['192.169.0.0', '223.255.255.255'],
  ]),
  ipv6: stretches('ipv6', [['2000::', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']]),
};

function stretches(family: Family, ends: readonly (readonly [string, string])[]): Ranges {
  return ends.flatMap(([first, last]) =>
    [first, last].map((text) => {
      const point = addressPoint(text, family);
      if (point === undefined) throw new Error(`${text} is no address`);
      return point;
    }),
  );
}
