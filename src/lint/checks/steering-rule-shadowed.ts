import { isForRouter } from '../../config/for-router.ts';
import { ruleFamilies } from '../../config/rule-families.ts';
import type { Site, SteeringRule } from '../../config/site.ts';
import type { Family } from '../../net/family.ts';
import { inFamily } from '../../plan/steering-match.ts';
import { siteFamilies } from '../../plan/uplinks.ts';
import type { Check } from '../check.ts';
import { itemAt } from '../cures/site-cures.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { PROFILES } from '../sites/example-profiles.ts';
import { flowOfSteering } from '../sites/steered-flow.ts';
import { steeringCovers } from '../sites/steering-covers.ts';

export const steeringRuleShadowed: Check = {
  id: 'steering-rule-shadowed',
  severity: 'warning',
  summary: 'A steering rule is never reached: rules before it take every connection it matches.',
  why: [
    'Steering is read from top to bottom and the first rule that matches decides. A rule behind a wider one never decides anything: what it is for goes by the policy of the wider one, and nothing says so.',
    'It is a note where both name the same policy, since nothing goes another way then.',
  ],
  bad: {
    files: {
      'polywan.yaml': `version: 1
lan: [lan0]
policies:
  balanced: { members: [{ wan: fiber }, { wan: cable }] }
  cable-first: { members: [{ wan: cable }, { wan: fiber, tier: 2 }] }
steering:
  - { name: servers, source: 172.17.0.0/24, policy: balanced }
  - { name: mail, source: 172.17.0.25, protocol: tcp, destination_port: 25, policy: cable-first }
`,
      ...PROFILES,
    },
  },
  good: {
    files: {
      'polywan.yaml': `version: 1
lan: [lan0]
policies:
  balanced: { members: [{ wan: fiber }, { wan: cable }] }
  cable-first: { members: [{ wan: cable }, { wan: fiber, tier: 2 }] }
steering:
  - { name: mail, source: 172.17.0.25, protocol: tcp, destination_port: 25, policy: cable-first }
  - { name: servers, source: 172.17.0.0/24, policy: balanced }
`,
      ...PROFILES,
    },
  },
  run: (machine) => {
    const { site } = machine;
    return site === undefined ? [] : site.steering.flatMap((rule, at) => judge(machine, site, rule, at));
  },
};

function judge(machine: Machine, site: Site, rule: SteeringRule, at: number): readonly Finding[] {
  const covering = new Set<SteeringRule>();
  for (const family of ruleFamilies(rule.match, siteFamilies(site))) {
    const first = firstCovering(site, rule, at, family);
    if (first === undefined) return [];
    covering.add(first);
  }
  if (covering.size === 0) return [];
  const shadows = [...covering];
  const [family] = ruleFamilies(rule.match, siteFamilies(site));
  const names = shadows.map(({ name, origin }) => `"${name}" (line ${origin.line})`).join(' and ');
  const takes = shadows.length === 1 ? 'takes' : 'take';
  const moved = shadows.some(({ policy }) => policy !== rule.policy);
  const instead = moved ? `, which then go by ${words(shadows)} and not by ${rule.policy}` : '';
  return [
    {
      check: steeringRuleShadowed.id,
      severity: moved ? 'warning' : 'note',
      message: `steering rule "${rule.name}" is never reached: ${names} before it ${takes} all of its connections${instead}`,
      span: rule.origin.span,
      path: shadows.map(({ name, origin, policy }) => ({
        span: origin.span,
        rule: `steering rule ${name}`,
        note: `policy ${policy}`,
      })),
      cure: moved
        ? cureText(
            `move "${rule.name}" above ${shadows.map(({ name }) => `"${name}"`).join(' and ')}`,
            itemAt(machine.sources, rule.origin.span),
          )
        : `remove "${rule.name}"`,
      ...shown(machine, family === undefined ? undefined : flowOfSteering(site, rule, family)),
      key: `${rule.name} behind ${shadows.map(({ name }) => name).join(' ')}`,
    },
  ];
}

function words(rules: readonly SteeringRule[]): string {
  return [...new Set(rules.map(({ policy }) => policy))].join(' and ');
}

function firstCovering(site: Site, rule: SteeringRule, at: number, family: Family): SteeringRule | undefined {
  const match = inFamily(rule.match, family);
  const isRouter = isForRouter(rule.match);
  for (let before = 0; before < at; before += 1) {
    const other = site.steering[before];
    if (other === undefined || isForRouter(other.match) !== isRouter) continue;
    if (ruleFamilies(other.match, [family]).length === 0) continue;
    const lan = isRouter ? ['router'] : site.lan;
    if (steeringCovers(inFamily(other.match, family), match, lan)) return other;
  }
  return undefined;
}
