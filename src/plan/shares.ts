import type { Policy, PolicyMember } from '../config/site.ts';
import type { Family } from '../net/family.ts';
import { valueAt } from '../net/value-at.ts';
import { takesTraffic, type Uplink } from './uplinks.ts';

/** Members of the lowest tier in which any WAN carries this family for this policy now. */
export function activeMembers(
  policy: Policy,
  family: Family,
  uplinks: readonly Uplink[],
): readonly PolicyMember[] {
  const able = policy.members.filter((member) =>
    uplinks.some(
      (uplink) =>
        uplink.wan.name === member.wan &&
        takesTraffic(uplink, family) &&
        valueAt(uplink.held, policy.name)?.includes(family) !== true,
    ),
  );
  const tier = Math.min(...able.map((member) => member.tier));
  return able.filter((member) => member.tier === tier);
}

/**
 * Up to 256 slots every share under every failure is exact: the number of slots is a multiple of every sum of weights
 * that can occur. Beyond, shares with all WANs of a tier up stay exact up to 1024 slots (what loads in a few
 * milliseconds), and any other share is off by less than one slot in 256.
 */
const MAX_EXACT_SLOTS = 256;
const MAX_SLOTS = 1024;

/**
 * How many slots a policy's connections are dealt over. It depends on the policy alone, never on health, so that a
 * failover changes map elements and no rule.
 */
export function slotCount(policy: Policy): number {
  const tiers = new Map<number, number[]>();
  for (const member of policy.members)
    tiers.set(member.tier, [...(tiers.get(member.tier) ?? []), member.weight]);
  const reduced = [...tiers.values()].map(lowestTerms);
  const every = reduced
    .flatMap(subsetSums)
    .reduce((count, each) => cappedLcm(count, each, MAX_EXACT_SLOTS), 1);
  if (every <= MAX_EXACT_SLOTS) return every;
  const whole = reduced.map(sum).reduce((count, each) => cappedLcm(count, each, MAX_SLOTS), 1);
  if (whole > MAX_SLOTS) return MAX_SLOTS;
  return whole * Math.max(1, Math.floor(MAX_EXACT_SLOTS / whole));
}

/** The smallest whole numbers of the same shares. */
export function lowestTerms(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(gcd, 0);
  return weights.map((weight) => weight / divisor);
}

/** The least common multiple, or Infinity once it is over the cap. */
function cappedLcm(a: number, b: number, cap: number): number {
  if (!Number.isFinite(a)) return a;
  const multiple = (a / gcd(a, b)) * b;
  return multiple > cap ? Number.POSITIVE_INFINITY : multiple;
}

/** Every sum that some of the weights can have; one that is over the cap of exact slots stands for all such. */
function subsetSums(weights: readonly number[]): readonly number[] {
  const sums = new Set<number>([0]);
  for (const weight of weights) {
    for (const found of [...sums]) sums.add(Math.min(found + weight, MAX_EXACT_SLOTS + 1));
  }
  sums.delete(0);
  return [...sums];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Members of one weight. They take turns, so that the next of them has had as few slots as any. */
interface Equals {
  readonly weight: number;
  /** Where they stand among all. */
  readonly places: readonly number[];
  dealt: number;
}

/**
 * Deals `count` slots by weight and interleaves them, so that consecutive connections alternate as evenly as the
 * weights allow (smooth weighted round robin: the one furthest behind its share takes the next slot, of several the first).
 */
export function dealSlots<T extends { readonly weight: number }>(
  members: readonly T[],
  count: number,
): readonly T[] {
  const total = sum(members.map((member) => member.weight));
  const groups = equals(members);
  const slots: T[] = [];
  for (let slot = 1; slot <= count; slot += 1) {
    let next: { readonly group: Equals; readonly behind: number; readonly place: number } | undefined;
    for (const group of groups) {
      const { weight, places, dealt } = group;
      const behind = slot * weight - total * Math.floor(dealt / places.length);
      const place = places[dealt % places.length] ?? 0;
      if (next === undefined || behind > next.behind || (behind === next.behind && place < next.place))
        next = { group, behind, place };
    }
    if (next === undefined) break;
    const member = members[next.place];
    if (member !== undefined) slots.push(member);
    next.group.dealt += 1;
  }
  return slots;
}

function equals(members: readonly { readonly weight: number }[]): readonly Equals[] {
  const places = new Map<number, number[]>();
  for (const [place, { weight }] of members.entries())
    places.set(weight, [...(places.get(weight) ?? []), place]);
  return [...places].map(([weight, own]) => ({ weight, places: own, dealt: 0 }));
}
