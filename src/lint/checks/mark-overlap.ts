import type { PolicyRule } from '../../kernel/routing.ts';
import { FULL_MASK, formatMark, formatWord } from '../../net/mark.ts';
import type { RuleAt } from '../all-rules.ts';
import type { Check } from '../check.ts';
import { bitsOfPrograms, freeByte, freePriorityBefore, movedMark } from '../cures/free-numbers.ts';
import { moveRule, replaceRule } from '../cures/replace-rule.ts';
import { saveWords } from '../cures/rule-text.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding, Severity } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { flowOfPolicyRule, flowWithMark } from '../flow/flow-with-mark.ts';
import { otherwise, type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { type Overlap, overlaps } from '../marks/overlaps.ts';
import { placeOfProgram } from '../marks/place-of-program.ts';
import type { Program } from '../marks/present-programs.ts';

import { policyRuleStep, policyRuleWords, ruleKey, spanOr } from '../marks/rule-words.ts';
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
  const finding = (
    severity: Severity,
    message: string,
    rest: Pick<Finding, 'span' | 'path' | 'key'> & Partial<Finding>,
  ): Finding => ({ check: markOverlap.id, severity, message, ...rest });
  switch (overlap.kind) {
    case 'own': {
      const { at, value, bits, program } = overlap;
      const words = ruleText(machine, at.rule);
      const span = rulePlace(machine, at.rule);
      return finding(
        'warning',
        `mark ${formatWord(value)} is set in bits ${formatWord(bits)}, which are ${program.title}'s (${program.seen}): ${program.purpose}`,
        {
          span,
          path: [{ span, rule: words }],
          cure: movedRule(machine, at, value, words),
          ...shown(machine, flowToRule(machine, at)),
          key: ruleKey(at, words),
        },
      );
    }
    case 'site': {
      const { program, bits } = overlap;
      const file = machine.site?.file ?? machine.name;
      return finding(
        'warning',
        `mark_mask ${formatWord(machine.site?.markMask ?? 0)} has bits ${formatWord(bits)} of ${program.title} (${program.seen}): ${program.purpose}`,
        {
          span: { file, start: 0, end: 0 },
          path: [],
          cure: `mark_mask: ${formatWord(freeByte(bitsOfPrograms(machine)) ?? program.mask)}`,
          key: `mark_mask ${program.name}`,
        },
      );
    }
    case 'programs': {
      const { one, other, bits } = overlap;
      return finding(
        'warning',
        `${one.title} (${one.seen}) and ${other.title} (${other.seen}) both use bits ${formatWord(bits)} of the mark`,
        {
          span: placeOfProgram(machine, other),
          path: [],
          cure: moveProgram(machine, other),
          ...shown(machine, flowWithMark(machine, 'ipv4', sampleOf(other), 'router')),
          key: `${one.name} ${other.name}`,
        },
      );
    }
    case 'taken':
      return finding(overlap.rule === undefined ? 'warning' : 'error', ...takenBy(machine, overlap));
    case 'shadowed': {
      const { rule, by } = overlap;
      return finding(
        'warning',
        `mark ${rule.selector.fwmark === undefined ? '' : formatMark(rule.selector.fwmark)} is taken by the policy rule of priority ${by.priority} before, which looks elsewhere`,
        {
          span: spanOr(machine, rule.span),
          path: [policyRuleStep(by), policyRuleStep(rule)],
          cure: moveRule(rule, freePriorityBefore(machine.state, by.priority)),
          ...shown(machine, flowPast(machine, rule, by)),
          key: `${rule.family} ${policyRuleWords(rule)}`,
        },
      );
    }
  }
}

function takenBy(
  machine: Machine,
  { program, value, router, rule }: Extract<Overlap, { kind: 'taken' }>,
): readonly [string, Pick<Finding, 'span' | 'path' | 'key'> & Partial<Finding>] {
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
      path: [policyRuleStep(rule, `takes ${formatWord(value)}`)],
      cure: movedPolicyRule(machine, rule, value),
      ...shown(machine, flowWithMark(machine, rule.family, value, 'router')),
      key: `${rule.family} ${policyRuleWords(rule)} ${program.name}`,
    },
  ];
}

/** The mark in bits that are nobody's, in the rule's own syntax. */
function movedRule(machine: Machine, at: RuleAt, value: number, words: string): string {
  const moved = movedMark(value, bitsOfPrograms(machine));
  if (moved === undefined) return `remove \`${words}\`: no byte of the mark is free`;
  const keep = formatWord((FULL_MASK & ~moved.mask) >>> 0);
  const line =
    at.table.frontend === 'nft'
      ? `meta mark set meta mark & ${keep} | ${formatWord(moved.value)}`
      : (saveWords(words) ?? '-j MARK --set-mark 0').replace(
          /--set-x?mark \S+/,
          `--set-xmark ${formatMark(moved)}`,
        );
  return cureText(
    'set it in bits that are free',
    [line],
    [`and ask for ${formatMark(moved)} wherever it is asked for`],
  );
}

/** A policy rule that takes another's mark, with a mark of bits that are free. */
function movedPolicyRule(machine: Machine, rule: PolicyRule, other: number): string {
  const mark = rule.selector.fwmark ?? { value: 0, mask: 0 };
  const moved = movedMark(mark.value, (bitsOfPrograms(machine) | other) >>> 0);
  if (moved === undefined) return `remove the rule: no byte of the mark is free`;
  return `${replaceRule(rule, moved)}\nand set ${formatMark(moved)} wherever ${formatMark(mark)} is set`;
}

function moveProgram(machine: Machine, { title, mask }: Program): string {
  const byte = freeByte(bitsOfPrograms(machine));
  if (byte === undefined) return `stop one of them: no byte of the mark is free`;
  return `give ${title} the mask ${formatWord(byte)} instead of ${formatWord(mask)} in its settings: those bits are free`;
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
