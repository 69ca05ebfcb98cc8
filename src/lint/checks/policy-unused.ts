import type { Policy, Site } from '../../config/site.ts';
import type { Check } from '../check.ts';
import { cureText } from '../cures/way-out.ts';
import { PROFILES, SITE } from '../sites/example-profiles.ts';

export const policyUnused: Check = {
  id: 'policy-unused',
  severity: 'note',
  summary: 'No steering rule and no local_traffic names the policy.',
  why: [
    'A policy does nothing by itself: steering rules send connections to it, local_traffic sends those of the router. One that nothing names is either left over, or the rule that should name it was forgotten.',
  ],
  bad: {
    files: {
      'polywan.yaml': `version: 1
lan: [lan0]
policies:
  balanced: { members: [{ wan: fiber }, { wan: cable }] }
  cable-first: { members: [{ wan: cable }, { wan: fiber, tier: 2 }] }
steering:
  - { name: rest, policy: balanced }
`,
      ...PROFILES,
    },
  },
  good: { files: { 'polywan.yaml': SITE, ...PROFILES } },
  run: ({ site }) =>
    (site === undefined ? [] : unusedPolicies(site)).map(({ name, origin }) => ({
      check: policyUnused.id,
      severity: 'note',
      message: `policy "${name}" takes no connection: neither steering nor local_traffic names it`,
      span: origin.span,
      path: [],
      cure: cureText(
        'remove it, or steer what it is meant for to it, above the rule that takes that now',
        [`- { name: to-${name}, protocol: tcp, destination_port: 443, policy: ${name} }`],
        ['protocol and destination_port stand for what it is meant for'],
      ),
      key: name,
    })),
};

function unusedPolicies(site: Site): readonly Policy[] {
  const named = new Set(site.steering.map(({ policy }) => policy));
  return site.policies.filter(({ name }) => !named.has(name) && site.localTraffic?.value !== name);
}
