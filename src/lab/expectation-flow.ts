import type { Expectation } from '../config/site.ts';
import { familyOfAddress } from '../net/family.ts';
import { nameOf } from '../net/interface-pattern.ts';
import type { Flow } from './flow.ts';
import type { Surroundings } from './representative.ts';

/** Discard (RFC 863): where an expectation names no port, one that no rule is likely to name either. */
const ANY_PORT = 9;

/** Who sends what the router sends, unless an expectation says otherwise. */
const ROOT = 0;

/** The flow of an expectation, with what it leaves open filled in. */
export function expectationFlow({ flow }: Expectation, around: Surroundings): Flow {
  const family = familyOfAddress(flow.destination);
  const entry = nameOf(flow.in);
  const source = flow.source ?? (entry === 'router' ? undefined : around.inside(entry, family));
  const port = flow.destinationPort ?? (hasPorts(flow.protocol) ? ANY_PORT : undefined);
  return {
    family,
    in: entry,
    destination: flow.destination,
    protocol: flow.protocol,
    ...(source === undefined ? {} : { source }),
    ...(flow.sourcePort === undefined ? {} : { sourcePort: flow.sourcePort }),
    ...(port === undefined ? {} : { destinationPort: port }),
    ...(entry === 'router' ? { uid: flow.uid ?? ROOT } : {}),
  };
}

function hasPorts(protocol: string): boolean {
  return protocol === 'tcp' || protocol === 'udp';
}
