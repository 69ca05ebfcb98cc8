import type { PolicyRule } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import { formatMark, formatWord } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import { bitsOfPrograms, freeByte } from '../cures/free-numbers.ts';
import { movedPolicyRule, movedRule, moveProgram } from '../cures/moved-marks.ts';
import { moveBefore } from '../cures/replace-rule.ts';
import type { Finding } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { flowOfPolicyRule, flowWithMark } from '../flow/flow-with-mark.ts';
import { otherwise, type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { type Overlap, overlaps } from '../marks/overlaps.ts';
import { placeOfProgram } from '../marks/place-of-program.ts';
import type { Program } from '../marks/present-programs.ts';

import { policyRuleStep, ruleKey, spanOr } from '../marks/rule-words.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const PBR = `*mangle
:PREROUTING ACCEPT [0:0]
:pbr_prerouting - [0:0]
-A PREROUTING -m mark --mark 0x0/0xff0000 -j pbr_prerouting
-A pbr_prerouting -s 192.168.1.7/32 -j MARK --set-xmark 0x10000/0xff0000
COMMIT
`;

const forwarding = (chain: string, name: string) => `*filter
:FORWARD ACCEPT [0:0]
:${chain} - [0:0]
-A FORWARD -j ${chain}
-A ${chain} -i ${name} -j ACCEPT
COMMIT
`;

export const markOverlap: Check = {
  id: 'mark-overlap',
  severity: 'error',
  summary: 'two programs, or a program and the own rules, use the same bits of the mark',
  why: [
    "A mark that means one thing to its setter and another to whoever reads it sends packets elsewhere: NetBird's 0x1bd00 is 0x3d00 under mwan3's mask, which is its blackhole.",
    "Compared are the bits and values of known programs that are seen on the machine or named in the settings, bits reserved there, the marks that rules set, the site's mark_mask, and policy rules among each other.",
    "It is an error where a policy rule is there that takes the other's mark, else a warning.",
  ],
  bad: {
    files: {
      'rules.v4': `${PBR}${forwarding('NETBIRD-RT-FWD', 'wt0')}`,
      'rules.txt': [
        '0:\tfrom all lookup local',
        '90:\tfrom all fwmark 0x10000/0xff0000 lookup 256',
        '105:\tfrom all lookup main suppress_prefixlength 0',
        '110:\tnot from all fwmark 0x1bd00 lookup 7120',
        '32766:\tfrom all lookup main',
        '',
      ].join('\n'),
    },
  },
  good: {
    files: {
      'rules.v4': `${PBR.replaceAll('0xff0000', '0xff000000').replace('0x10000/', '0x1000000/').replaceAll('pbr_', 'vpn_')}${forwarding('NETBIRD-RT-FWD', 'wt0')}`,
      'rules.txt': [
        '0:\tfrom all lookup local',
        '90:\tfrom all fwmark 0x1000000/0xff000000 lookup 256',
        '105:\tfrom all lookup main suppress_prefixlength 0',
        '110:\tnot from all fwmark 0x1bd00 lookup 7120',
        '32766:\tfrom all lookup main',
        '',
      ].join('\n'),
    },
  },
  run: (machine) => overlaps(machine).map((overlap) => report(machine, overlap)),
};

function report(machine: Machine, overlap: Overlap): Finding {
  const isError = overlap.kind === 'taken' && overlap.rule !== undefined;
  const [message, rest] = told(machine, overlap);
  return { check: markOverlap.id, severity: isError ? 'error' : 'warning', message, ...rest };
}

type Told = readonly [message: string, rest: Pick<Finding, 'span' | 'path' | 'key'> & Partial<Finding>];

function told(machine: Machine, overlap: Overlap): Told {
  switch (overlap.kind) {
    case 'own':
      return ownIn(machine, overlap);
    case 'site':
      return siteIn(machine, overlap);
    case 'programs':
      return sharedBy(machine, overlap);
    case 'taken':
      return takenBy(machine, overlap);
    case 'shadowed':
      return shadowedBy(machine, overlap);
  }
}

function ownIn(machine: Machine, { at, value, bits, program }: Of<'own'>): Told {
  const words = ruleText(machine, at.rule);
  const span = rulePlace(machine, at.rule);
  return [
    `mark ${formatWord(value)} is set in bits ${formatWord(bits)}, which are ${program.title}'s (${program.seen}): ${program.purpose}`,
    {
      span,
      path: [{ span, rule: words }],
      cure: movedRule(machine, at, value, words),
      ...shown(machine, flowToRule(machine, at)),
      key: ruleKey(at, words),
    },
  ];
}

type Of<K extends Overlap['kind']> = Extract<Overlap, { kind: K }>;

function siteIn(machine: Machine, { program, bits }: Of<'site'>): Told {
  const { file, markMask = 0 } = machine.site ?? { file: machine.name };
  const free = freeByte(bitsOfPrograms(machine));
  return [
    `mark_mask ${formatWord(markMask)} has bits ${formatWord(bits)} of ${program.title} (${program.seen}): ${program.purpose}`,
    {
      span: { file, start: 0, end: 0 },
      path: [],
      cure:
        free === undefined
          ? `give ${program.title} other bits in its settings: no byte of the mark is free`
          : `mark_mask: ${formatWord(free)}`,
      key: `mark_mask ${program.name}`,
    },
  ];
}

function sharedBy(machine: Machine, { one, other, bits }: Of<'programs'>): Told {
  return [
    `${one.title} (${one.seen}) and ${other.title} (${other.seen}) both use bits ${formatWord(bits)} of the mark`,
    {
      span: placeOfProgram(machine, other),
      path: [],
      cure: moveProgram(machine, other),
      ...shown(machine, flowWithMark(machine, 'ipv4', sampleOf(other), 'router')),
      key: `${one.name} ${other.name}`,
    },
  ];
}

function shadowedBy(machine: Machine, { rule, by }: Of<'shadowed'>): Told {
  const { fwmark } = rule.selector;
  return [
    `mark ${fwmark === undefined ? '' : formatMark(fwmark)} is taken by the policy rule of priority ${by.priority} before, which looks elsewhere`,
    {
      span: spanOr(machine, rule.span),
      path: [policyRuleStep(machine, by), policyRuleStep(machine, rule)],
      cure: moveBefore(machine, rule, by),
      ...shown(machine, flowPast(machine, rule, by)),
      key: `${rule.family} ${policyRuleWords(rule)}`,
    },
  ];
}

function takenBy(machine: Machine, { program, value, router, rule }: Of<'taken'>): Told {
  const mask = rule?.selector.fwmark?.mask ?? router?.mask ?? 0;
  const as = `${formatWord((value & mask) >>> 0)} under ${router === undefined ? 'the mask' : `${router.title}'s mask`} ${formatWord(mask)}`;
  const who = `${program.title}'s mark ${formatWord(value)} is ${as}`;
  if (rule === undefined)
    return [
      `${who}: it is taken for one of its own`,
      {
        span: placeOfProgram(machine, program),
        path: [],
        cure: router === undefined ? moveProgram(machine, program) : moveProgram(machine, router),
        ...shown(machine, flowWithMark(machine, 'ipv4', value, 'router')),
        key: `${program.name} ${router?.name}`,
      },
    ];
  return [
    `${who}: the policy rule of priority ${rule.priority} takes its packets (${program.purpose})`,
    {
      span: spanOr(machine, rule.span),
      path: [policyRuleStep(machine, rule, `takes ${formatWord(value)}`)],
      cure: movedPolicyRule(machine, rule, value),
      ...shown(machine, flowWithMark(machine, rule.family, value, 'router')),
      key: `${rule.family} ${policyRuleWords(rule)} ${program.name}`,
    },
  ];
}

function sampleOf({ values, socketValues = values, mask }: Program): number {
  return (socketValues[0] ?? mask & -mask) >>> 0;
}

/** A packet of the later rule's, and where it would go without the earlier one. */
function flowPast(machine: Machine, rule: PolicyRule, by: PolicyRule): ShownFlow | undefined {
  const taken = flowOfPolicyRule(machine, rule);
  const others = taken?.world.state.policyRules.filter((one) => one !== by) ?? [];
  const meant = flowOfPolicyRule(machine, rule, others);
  if (taken === undefined || meant === undefined) return taken;
  return { ...taken, otherwise: otherwise('without the rule before it', meant.path) };
}
