import { isForRouter } from '../config/for-router.ts';
import type { Site, SteeringRule } from '../config/site.ts';
import type { Address } from '../kernel/routing.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import { type Entrance, matchTuple, type Tuple } from './tuple.ts';

export interface Steering {
  readonly rules: readonly SteeringRule[];
  readonly localTraffic?: string;
}

export function steeringOf({ steering, localTraffic }: Pick<Site, 'steering' | 'localTraffic'>): Steering {
  return { rules: steering, ...(localTraffic === undefined ? {} : { localTraffic: localTraffic.value }) };
}

/**
 * The policies that may have sent this connection on its way: one where the steering rules decide it from the tuple
 * alone, several where a rule on the way cannot be decided, none where no policy had a say (it came from outside).
 */
export function steeredBy(
  steering: Steering,
  tuple: Tuple,
  addresses: readonly Address[],
): ReadonlySet<string> {
  const policies = new Set<string>();
  // To the router's own address: from outside, before a port forward changed it. Its WAN was not chosen but given.
  if (addresses.some((own) => own.address === tuple.destination)) return policies;
  const entrance = entranceOf(tuple, addresses);
  for (const rule of steering.rules) {
    // The router's own connections are steered only by rules that say so.
    if (entrance.kind === 'router' && !isForRouter(rule.match)) continue;
    const answer = matchTuple(rule.match, tuple, entrance);
    if (answer !== 'no') policies.add(rule.policy);
    if (answer === 'yes') return policies;
  }
  if (entrance.kind === 'router' && steering.localTraffic !== undefined) policies.add(steering.localTraffic);
  return policies;
}

/** From the address: the router's own, or in the narrowest network an interface is connected to. */
function entranceOf(tuple: Tuple, addresses: readonly Address[]): Entrance {
  if (addresses.some((own) => own.address === tuple.source)) return { kind: 'router' };
  const source = parsePrefix(tuple.source);
  const connected = addresses
    .filter((own) => source !== undefined && own.family === tuple.family && prefixContains(own, source))
    .sort((a, b) => b.length - a.length)[0];
  return connected === undefined ? { kind: 'unknown' } : { kind: 'interface', name: connected.device };
}
