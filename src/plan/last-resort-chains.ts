import type { Site } from '../config/site.ts';
import type { Chain } from '../kernel/netfilter.ts';
import { comment } from './comment.ts';
import { lastResortMarks } from './geometry.ts';
import { rule, setPacketMark } from './words.ts';

/**
 * The chains of the last resorts the site uses, by the backend's name for each. No connmark here: while every WAN is down
 * nothing is decided, and the next packet may find one up again.
 */
export function lastResortChains(
  site: Site,
  nameOf: (kind: 'unreachable' | 'blackhole') => string,
): readonly Chain[] {
  const marks = lastResortMarks(site.markMask);
  return (['unreachable', 'blackhole'] as const)
    .filter((kind) => site.policies.some((policy) => policy.lastResort === kind))
    .map((kind) => ({
      name: nameOf(kind),
      rules: [
        rule(
          comment(`no WAN is up: ${kind}`, site.origins.site),
          setPacketMark({ value: marks[kind], mask: site.markMask }),
        ),
      ],
    }));
}
