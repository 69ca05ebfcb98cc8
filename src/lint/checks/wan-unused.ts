import type { Check } from '../check.ts';
import { withMember } from '../cures/site-cures.ts';
import { cureText } from '../cures/way-out.ts';
import { PROFILES, SITE } from '../sites/example-profiles.ts';

export const wanUnused: Check = {
  id: 'wan-unused',
  severity: 'note',
  summary: 'No policy has the WAN as a member, so no connection is ever sent by it.',
  why: [
    'A WAN is used by the policies that have it as a member. One that none has is watched, gets its table and its rules, and replies to what came in by it; nothing else leaves there, and it takes over for no other WAN.',
  ],
  bad: {
    files: {
      'polywan.yaml': `version: 1
lan: [lan0]
policies:
  all: { members: [{ wan: fiber }] }
steering:
  - { name: rest, policy: all }
`,
      ...PROFILES,
    },
  },
  good: { files: { 'polywan.yaml': SITE, ...PROFILES } },
  run: ({ site }) => {
    // Without any policy the site only answers by the WAN that was asked: no WAN is meant to be chosen.
    if (site === undefined || site.policies.length === 0) return [];
    const members = new Set(site.policies.flatMap((policy) => policy.members.map(({ wan }) => wan)));
    return site.wans
      .filter(({ name }) => !members.has(name))
      .map(({ name, origin }) => ({
        check: wanUnused.id,
        severity: 'note',
        message: `WAN ${name} is a member of no policy: nothing is ever sent by it, and it takes over for no other`,
        span: origin.span,
        path: [],
        cure: cureText(
          'make it a member of a policy',
          site.policies
            .slice(0, 1)
            .map((policy) => `${policy.name}: { ${withMember(policy, `wan: ${name}`)} }`),
        ),
        key: name,
      }));
  },
};
