import type { Policy, Site, Wan } from '../../config/site.ts';

/**
 * The site with at most two WANs in each policy: the first and the last. A policy's draw forks every flow once for each
 * WAN, and what is made for one WAN is made for all: what holds for two of them holds for sixty.
 */
export function thinSite(site: Site): Site {
  const policies = site.policies.map(thinPolicy);
  const drawn = new Set(policies.flatMap(({ members }) => members.map(({ wan }) => wan)));
  const first = (has: (wan: Wan) => boolean) => site.wans.find(has)?.name;
  // Of what only some WANs do, one that does it is enough.
  const others = [
    first(() => true),
    first(({ portForwards }) => portForwards.length > 0),
    first(({ nat }) => nat.ipv4.kind === 'none'),
    first(({ nat }) => nat.ipv4.kind === 'snat'),
    first(({ nat }) => nat.ipv6.kind === 'nptv6'),
  ];
  const kept = new Set([...drawn, ...others]);
  return { ...site, policies, wans: site.wans.filter(({ name }) => kept.has(name)), expect: [] };
}

function thinPolicy(policy: Policy): Policy {
  const { members } = policy;
  return members.length <= 2
    ? policy
    : { ...policy, members: [...members.slice(0, 1), ...members.slice(-1)] };
}
