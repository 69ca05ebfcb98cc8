import type { Family } from '../../net/family.ts';
import type { AddressEvent, GatewayEvent } from '../event.ts';
import type { Carrier, FamilyState, WanState } from './state.ts';

/** A renewed lease takes its route away and puts it back: what is missing for less than this was not lost. */
export const GRACE_MS = 1000;

export function learnFamily(
  state: FamilyState | undefined,
  event: AddressEvent | GatewayEvent,
  now: number,
): FamilyState {
  const { lost, ...before } = state ?? {};
  const next: FamilyState =
    event.kind === 'address'
      ? { ...before, addresses: event.addresses }
      : { ...before, gateway: event.gateway ?? null };
  const was = lost?.was ?? before;
  return misses(next, was) ? { ...next, lost: lost ?? { at: now, was } } : next;
}

function misses(next: Carrier, { addresses = [], gateway }: Carrier): boolean {
  const hadGateway = gateway !== undefined && gateway !== null;
  return (hadGateway && next.gateway === null) || (addresses.length > 0 && next.addresses?.length === 0);
}

function isPassing({ lost }: FamilyState, now: number): boolean {
  return lost !== undefined && now - lost.at < GRACE_MS;
}

/** What the kernel's state is to rest on: what is missing for a moment only is taken to be there. */
export function settledCarrier(state: FamilyState, now: number): Carrier {
  const { lost, ...carrier } = state;
  return lost !== undefined && isPassing(state, now) ? lost.was : carrier;
}

/** Whether something of it is missing that may be back at once. */
export function isUnsettled({ families }: WanState, now: number): boolean {
  return Object.values(families).some((state) => isPassing(state, now));
}

/** Whether the WAN can carry the family, as far as was told. An address alone may be missing from the start (unnumbered). */
export function carries({ wan, link, families }: WanState, family: Family, now: number): boolean {
  if (!wan.families.includes(family) || (link !== undefined && link !== 'up')) return false;
  const state = families[family];
  if (state?.lost !== undefined) return isPassing(state, now);
  return state?.gateway !== null;
}

/** Families that the WAN had and has lost. */
export function lostFamilies(state: WanState, now: number): readonly Family[] {
  return state.wan.families.filter(
    (family) => state.families[family]?.lost !== undefined && !carries(state, family, now),
  );
}
