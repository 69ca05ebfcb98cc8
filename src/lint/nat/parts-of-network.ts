import type { KernelState } from '../../kernel/state.ts';
import { addressBits, type Family } from '../../net/family.ts';
import {
  addressFromNumber,
  addressNumber,
  type Prefix,
  prefixContains,
  prefixRange,
} from '../../net/prefix.ts';
import { sourcePrefixes, sourceRules } from './source-rules.ts';

/** So many of the smaller networks that rules name stand for all: each is followed through every rule. */
const MOST_PARTS = 3;

/** A host of the network that is not the router. */
export function hostOf(network: Prefix): string {
  const { first, last } = prefixRange(network);
  const candidate = last - first > 2n ? last - 1n : last;
  const isOwn = candidate === addressNumber(network.address);
  return addressFromNumber(network.family, isOwn ? first + 1n : candidate);
}

/**
 * Hosts inside and on either side of each smaller network that translating rules name. A rule for one host is meant for it
 * and divides nothing.
 */
export function hostsOfParts(state: KernelState, network: Prefix): readonly string[] {
  const { family } = network;
  const whole = prefixRange(network);
  const own = addressNumber(network.address);
  const isHost = (one: bigint) => one > whole.first && one < whole.last && one !== own;
  return partsOf(state, family, network).flatMap((part) => {
    const { first, last } = prefixRange(part);
    return [last - 1n, first - 1n, last + 1n].filter(isHost).map((one) => addressFromNumber(family, one));
  });
}

function partsOf(state: KernelState, family: Family, network: Prefix): readonly Prefix[] {
  const isPart = (one: Prefix) =>
    one.family === family &&
    one.length > network.length &&
    one.length < addressBits(family) &&
    prefixContains(network, one);
  const parts = sourceRules(state, family).flatMap(({ rule }) => sourcePrefixes(rule).filter(isPart));
  const isFirst = (one: Prefix, at: number) => parts.findIndex((other) => isSame(one, other)) === at;
  return parts.filter(isFirst).slice(0, MOST_PARTS);
}

function isSame(one: Prefix, other: Prefix): boolean {
  return one.length === other.length && one.address === other.address;
}
