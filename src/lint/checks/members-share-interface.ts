import type { Policy, Site } from '../../config/site.ts';
import type { Check } from '../check.ts';
import { withMember } from '../cures/site-cures.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { CABLE, FIBER, PROFILES, SITE } from '../sites/example-profiles.ts';

export const membersShareInterface: Check = {
  id: 'members-share-interface',
  severity: 'note',
  summary: 'All members of a policy leave by one interface: one cable takes all of them down.',
  why: [
    'WANs may share an interface, each with a gateway of its own. They fail together when that cable, port or switch fails, so a policy that has no other member does not fail over.',
  ],
  bad: {
    files: {
      'polywan.yaml': SITE,
      'profiles/fiber.yaml': FIBER,
      'profiles/cable.yaml': CABLE.replace('wan1', 'wan0').replace('198.51.100.1', '192.0.2.2'),
    },
  },
  good: { files: { 'polywan.yaml': SITE, ...PROFILES } },
  run: ({ site }) => (site === undefined ? [] : site.policies.flatMap((policy) => judge(site, policy))),
};

function judge(site: Site, policy: Policy): readonly Finding[] {
  const members = site.wans.filter(({ name }) => policy.members.some(({ wan }) => wan === name));
  const [first, ...others] = members;
  if (first === undefined || others.length === 0) return [];
  if (others.some((wan) => wan.interface !== first.interface)) return [];
  return [
    {
      check: membersShareInterface.id,
      severity: 'note',
      message: `all members of policy "${policy.name}" (${members.map(({ name }) => name).join(', ')}) leave by ${first.interface}: one cable takes all of them down`,
      span: policy.origin.span,
      path: members.map((wan) => ({
        span: wan.origin.span,
        rule: `WAN ${wan.name}`,
        note: `interface ${wan.interface}`,
      })),
      cure: cureOf(site, policy, first.interface),
      key: `${policy.name} ${first.interface}`,
    },
  ];
}

function cureOf(site: Site, policy: Policy, shared: string): string {
  const other = site.wans.find((wan) => wan.interface !== shared);
  const lead = 'add a member that leaves by another interface';
  if (other !== undefined) return cureText(lead, [withMember(policy, `wan: ${other.name}`)]);
  const free = ['wan0', 'wan1', 'wan2'].find((name) => name !== shared && !site.lan.includes(name)) ?? 'wan3';
  const notes = [`second and ${free} stand for another line's profile and its interface`];
  return cureText(lead, ['name: second', `interface: ${free}`, withMember(policy, 'wan: second')], notes);
}
