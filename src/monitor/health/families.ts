import type { Family } from '../../net/family.ts';
import type { AddressEvent, GatewayEvent } from '../event.ts';
import type { FamilyState, WanState } from './state.ts';

/** A renewed lease takes its route away and puts it back: what is missing for less than this was not lost. */
export const GRACE_MS = 1000;

export function learnFamily(
  state: FamilyState | undefined,
  event: AddressEvent | GatewayEvent,
  now: number,
): FamilyState {
  const { lostAt, ...before } = state ?? {};
  const next: FamilyState =
    event.kind === 'address'
      ? { ...before, addresses: event.addresses }
      : { ...before, gateway: event.gateway ?? null };
  const lost = lostAt !== undefined || had(before);
  const missing = lost && (next.gateway === null || next.addresses?.length === 0);
  return missing ? { ...next, lostAt: lostAt ?? now } : next;
}

function had({ addresses = [], gateway }: FamilyState): boolean {
  return addresses.length > 0 || (gateway !== undefined && gateway !== null);
}

/** Whether the WAN can carry the family, as far as was told. An address alone may be missing from the start (unnumbered). */
export function carries({ wan, link, families }: WanState, family: Family, now: number): boolean {
  if (!wan.families.includes(family) || (link !== undefined && link !== 'up')) return false;
  const state = families[family];
  if (state?.lostAt !== undefined) return now - state.lostAt < GRACE_MS;
  return state?.gateway !== null;
}

/** Families that the WAN had and has lost. */
export function lostFamilies(state: WanState, now: number): readonly Family[] {
  return state.wan.families.filter(
    (family) => state.families[family]?.lostAt !== undefined && !carries(state, family, now),
  );
}
