import type { Site } from '../config/site.ts';
import { META_MARK, meta, number, string } from '../kernel/expression.ts';
import type { Nat, Statement } from '../kernel/statement.ts';
import type { Family } from '../net/family.ts';
import { goesByMark } from './shared-interface.ts';
import type { Uplink } from './uplinks.ts';
import { masked, match } from './words.ts';

export const MASQUERADE: Nat = { kind: 'nat', type: 'masquerade', flags: [] };

/** A connection of the router itself keeps the source address of its first route (kernel-facts 5.3). */
export const OWN_SOURCE: Statement = match(
  { kind: 'fib', result: 'type', flags: ['saddr'] },
  string('local'),
);

/** What leaves by a WAN: by its interface, and by its mark where others have that interface too. */
export function leavingBy(site: Site, uplink: Uplink, family: Family): readonly Statement[] {
  const byInterface = match(meta('oifname'), string(uplink.wan.interface));
  if (!goesByMark(uplink, family)) return [byInterface];
  return [byInterface, match(masked(META_MARK, site.markMask), number(uplink.mark.value))];
}
