import { isOwnRule } from '../../kernel/ownership.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import { FULL_MASK, formatWord } from '../../net/mark.ts';
import type { TracePath } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { replaceRule } from '../cures/replace-rule.ts';
import type { Finding } from '../finding.ts';
import { fwmarkMask } from '../fixes/fwmark-mask.ts';
import { bitsOf, routedMark } from '../flow/packet-facts.ts';
import { plainWorld } from '../flow/plain-world.ts';
import { type ShownFlow, shown } from '../flow/shown-flow.ts';
import { traceWithin } from '../flow/trace-within.ts';
import type { Machine } from '../machine.ts';
import { type CrowdedMark, crowdedMark } from '../marks/crowded-marks.ts';
import { wholeBytes } from '../marks/own-mask.ts';
import { isItsRule, presentPrograms } from '../marks/present-programs.ts';
import { policyRuleStep, spanOr } from '../marks/rule-words.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const MARKS = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -j MARK --set-xmark 0x1/0xff
-A PREROUTING -i lan0 -p udp -j MARK --set-xmark 0x100/0xff00
COMMIT
`;

export const unmaskedFwmarkRule: Check = {
  id: 'unmasked-fwmark-rule',
  severity: 'warning',
  summary: 'a policy rule compares the whole mark, though other bits may be set beside it',
  why: [
    '`fwmark 0x1` without a mask compares all 32 bits: a packet that carries 0x101 does not match, and is routed as if it had no mark. One more program, or one more rule that sets bits of its own, is enough.',
    'Reported where a packet was followed that carries the mark together with other bits when it is routed. Where nobody else sets marks, the whole word does no harm.',
  ],
  bad: {
    files: {
      'rules.v4': MARKS,
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1 lookup 101\n32766:\tfrom all lookup main\n',
    },
  },
  good: {
    files: {
      'rules.v4': MARKS,
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff lookup 101\n32766:\tfrom all lookup main\n',
    },
  },
  run: (machine) => {
    const programs = presentPrograms(machine);
    return machine.state.policyRules
      .filter(
        (rule) =>
          rule.selector.fwmark?.mask === FULL_MASK &&
          rule.selector.fwmark.value !== 0 &&
          !isOwnRule(rule) &&
          !programs.some((program) => isItsRule(program, rule)),
      )
      .flatMap((rule) => judge(machine, rule));
  },
};

/** The same flow with its ways out, which were not needed to see that the marks stand together. */
function routed(machine: Machine, { family }: PolicyRule, { flow, path }: CrowdedMark): ShownFlow {
  const world = plainWorld(machine, family);
  const names = path.packets.map(({ name }) => name);
  const again = traceWithin(machine, world, flow, names)?.paths.find((one) => sameMarks(one, path));
  return { world: again === undefined ? { ...world, assumed: [] } : world, flow, path: again ?? path };
}

function sameMarks(one: TracePath, other: TracePath): boolean {
  return one.packets.every((packet, at) => {
    const beside = other.packets[at];
    return (
      beside !== undefined &&
      packet.disposition.kind !== 'local' &&
      bitsOf(routedMark(packet), FULL_MASK) === bitsOf(routedMark(beside), FULL_MASK)
    );
  });
}

function judge(machine: Machine, rule: PolicyRule): readonly Finding[] {
  const crowded = crowdedMark(machine, rule);
  if (crowded === undefined) return [];
  const { setter, mask, word, program } = crowded;
  const value = rule.selector.fwmark?.value ?? 0;
  const beside = formatWord((word ^ value) >>> 0);
  const whose = program === undefined ? '' : ` of ${program.title}`;
  const span = spanOr(machine, rule.span);
  const fix =
    rule.span === undefined || mask === undefined ? undefined : fwmarkMask(machine.sources, rule.span, mask);
  return [
    {
      check: unmaskedFwmarkRule.id,
      severity: 'warning',
      message: `the policy rule asks for mark ${formatWord(value)} as the whole word, and a packet comes to it with ${formatWord(word)}: bits ${beside}${whose} are set as well, so it ${rule.selector.not === true ? 'matches' : 'does not match'}`,
      span,
      path: [
        {
          span: rulePlace(machine, setter.rule),
          rule: ruleText(machine, setter.rule),
          note: `sets ${formatWord(value)}`,
        },
        policyRuleStep(machine, rule, `mark ${formatWord(word)}`),
      ],
      ...shown(machine, routed(machine, rule, crowded)),
      cure: replaceRule(machine, rule, { value, mask: mask ?? ownBits(value, word) }),
      ...(fix === undefined ? {} : { fix }),
      key: `${rule.family} ${policyRuleWords(rule)}`,
    },
  ];
}

/** The bytes of the value, without the bits that are there beside it. */
function ownBits(value: number, word: number): number {
  return ((wholeBytes(value) & ~(word ^ value)) | value) >>> 0;
}
