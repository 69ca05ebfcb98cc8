import type { Policy, Site, Wan } from '../../config/site.ts';
import { formatDuration } from '../../net/duration.ts';
import type { Check } from '../check.ts';
import { probesFor } from '../cures/site-cures.ts';
import type { Finding } from '../finding.ts';
import { FIBER, PROFILES } from '../sites/example-profiles.ts';

const POLICY = `version: 1
lan: [lan0]
policies:
  fiber-first:
    members: [{ wan: fiber }, { wan: cable, tier: 2 }]
    failback_after: 2m
steering:
  - { name: rest, policy: fiber-first }
`;

export const failbackWithoutHealth: Check = {
  id: 'failback-without-health',
  severity: 'note',
  summary: 'failback_after waits for a WAN to stay healthy that has no probe to be healthy by.',
  why: [
    'failback_after is how long a WAN that returned must be well before it takes new connections again. A WAN without probes is well while its cable is: a dead line behind a modem that stays on never counts as a failure, and so never as a return.',
  ],
  bad: {
    files: { 'polywan.yaml': POLICY, ...PROFILES, 'profiles/fiber.yaml': FIBER.replace(/^probes.*\n/m, '') },
  },
  good: { files: { 'polywan.yaml': POLICY, ...PROFILES } },
  run: ({ site }) => (site === undefined ? [] : site.policies.flatMap((policy) => judge(site, policy))),
};

function judge(site: Site, policy: Policy): readonly Finding[] {
  const { failbackOrigin, failbackAfterMs } = policy;
  const blind = returning(site, policy).filter(({ probes }) => probes.length === 0);
  // `never` waits for a person, who needs no probe.
  if (failbackOrigin === undefined || typeof failbackAfterMs !== 'number' || failbackAfterMs === 0) return [];
  const [first] = blind;
  if (first === undefined) return [];
  const names = blind.map(({ name }) => name).join(' and ');
  const has = blind.length === 1 ? 'has' : 'have';
  return [
    {
      check: failbackWithoutHealth.id,
      severity: 'note',
      message: `policy "${policy.name}" waits ${formatDuration(failbackAfterMs)} for ${names} to stay well, but ${names} ${has} no probes: only the cable is watched`,
      span: failbackOrigin.span,
      path: blind.map((wan) => ({ span: wan.origin.span, rule: `WAN ${wan.name}`, note: 'no probes' })),
      cure: probesFor(
        site,
        first,
        `give ${names} probes, in ${blind.length === 1 ? 'its profile' : 'their profiles'}`,
      ),
      key: `${policy.name} ${names}`,
    },
  ];
}

/** Members that connections come back to: with several tiers, those that have one behind them. */
function returning(site: Site, { members }: Policy): readonly Wan[] {
  const last = Math.max(...members.map(({ tier }) => tier));
  const tiers = new Set(members.map(({ tier }) => tier));
  const names = new Set(members.filter(({ tier }) => tiers.size === 1 || tier < last).map(({ wan }) => wan));
  return site.wans.filter(({ name }) => names.has(name) && members.length > 1);
}
