import type { Address, PolicyRule, Route } from '../../kernel/routing.ts';
import { LOCAL_TABLE, MAIN_TABLE } from '../../kernel/routing.ts';
import { addressBits, type Family } from '../../net/family.ts';
import type { Mark } from '../../net/mark.ts';
import { everything } from '../../net/prefix.ts';

/** Parts of a router as they are put together where they are not given. */

const PROTOCOL = 4;

export function defaultRoute(family: Family, table: number, devices: readonly string[]): Route {
  return {
    family,
    table,
    type: 'unicast',
    destination: everything(family),
    metric: 0,
    protocol: PROTOCOL,
    scope: 0,
    hops: devices.map((device) => ({ device })),
  };
}

export function localDefault(family: Family, table: number): Route {
  return { ...defaultRoute(family, table, ['lo']), type: 'local', scope: 254 };
}

export function hostRoute(family: Family, address: string, device: string): Route {
  return {
    ...defaultRoute(family, MAIN_TABLE, [device]),
    destination: { family, address, length: addressBits(family) },
    scope: 253,
  };
}

export function ownAddress(family: Family, address: string, device: string): Address {
  return { device, family, address, length: addressBits(family), scope: 0 };
}

/** First the machine's own addresses; then main without its default, so that replies find their way (kernel-facts 5.5). */
export function firstRules(family: Family): readonly PolicyRule[] {
  return [
    policyRule(family, 0, {}, LOCAL_TABLE),
    {
      ...policyRule(family, 1, {}, MAIN_TABLE),
      action: { kind: 'lookup', table: MAIN_TABLE, suppressPrefixLength: 0 },
    },
  ];
}

export function lastRules(family: Family): readonly PolicyRule[] {
  return [policyRule(family, 32766, {}, MAIN_TABLE)];
}

export function markRule(family: Family, priority: number, fwmark: Mark, table: number): PolicyRule {
  return policyRule(family, priority, { fwmark }, table);
}

function policyRule(
  family: Family,
  priority: number,
  selector: PolicyRule['selector'],
  table: number,
): PolicyRule {
  return { family, priority, selector, action: { kind: 'lookup', table }, protocol: PROTOCOL };
}
