import { policyRuleWords } from '../../kernel/routing-words.ts';
import type { Statement } from '../../kernel/statement.ts';
import { FULL_MASK, formatMark, formatWord, type Mark } from '../../net/mark.ts';
import type { Flow } from '../../trace/flow.ts';
import type { Check } from '../check.ts';
import { replaceRule } from '../cures/replace-rule.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import type { Finding } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { flowWithMark } from '../flow/flow-with-mark.ts';
import { type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { type MarkRead, markReads } from '../marks/mark-read.ts';
import { markUses } from '../marks/mark-uses.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { policyRuleStep, ruleKey, spanOr } from '../marks/rule-words.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

export const markValueOutsideMask: Check = {
  id: 'mark-value-outside-mask',
  severity: 'error',
  summary: 'a mark has bits outside of its mask, so it never matches, or flips bits',
  why: [
    'A match compares the word under the mask with the value as it is: where the value has a bit outside, no packet ever matches, and with `!` every packet does.',
    'A policy rule compares both under the mask, so the bits outside are simply not looked at: `fwmark 0x101/0xff` takes packets with 0x1, and `fwmark 0x100/0xff` takes all that carry no mark.',
    'A set makes (word & ~mask) ^ value: bits of the value outside the mask are flipped each time the rule is met, so that two passes undo each other.',
  ],
  bad: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -m mark --mark 0x100/0xff -j DROP
COMMIT
`,
    },
  },
  good: {
    files: {
      'rules.v4': `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i lan0 -m mark --mark 0x100/0xff00 -j DROP
COMMIT
`,
    },
  },
  run: (machine) => {
    const { reads, writes } = markUses(machine.state);
    return [
      ...reads.flatMap((read) => inMatch(machine, read)),
      ...writes.flatMap((write) => inSet(machine, write)),
      ...inPolicyRules(machine),
    ];
  },
};

function inMatch(machine: Machine, { at, mask, values = [], inverted, word }: MarkRead): readonly Finding[] {
  const outside = values.filter((value) => (value & ~mask) !== 0);
  const [value] = outside;
  if (value === undefined) return [];
  const words = ruleText(machine, at.rule);
  const span = rulePlace(machine, at.rule);
  const what = word === 'packet' ? 'mark' : 'connmark';
  const effect = inverted ? 'so every packet matches' : 'so no packet ever matches';
  return [
    {
      check: markValueOutsideMask.id,
      severity: 'error',
      message: `the ${what} under ${formatWord(mask)} is compared with ${formatWord(value)}, which has bits outside of it, ${effect}`,
      span,
      path: [{ span, rule: words }],
      cure:
        at.table.frontend === 'nft'
          ? (nftWords(words) ?? 'mark & 0 == 0').replace(
              /\b(?:(?:meta|ct)\s+)?mark\s+(?:&|and)\s+\S+\s+==\s+\S+/,
              `${word === 'packet' ? 'meta' : 'ct'} mark & ${formatWord((mask | value) >>> 0)} == ${formatWord(value)}`,
            )
          : (saveWords(words) ?? '--mark 0').replace(
              /--mark \S+/,
              `--mark ${formatMark({ value, mask: (mask | value) >>> 0 })}`,
            ),
      ...shown(machine, flowToRead(machine, { at, mask, word, inverted }, value)),
      key: ruleKey(at, words),
    },
  ];
}

/** A mask of nothing is how --xor-mark is listed: it flips on purpose. */
function inSet(machine: Machine, { at, kept, copied, constants = [], word }: MarkWrite): readonly Finding[] {
  const flipped = constants.map((value) => (value & kept) >>> 0).find((bits) => bits !== 0);
  if (flipped === undefined || kept === FULL_MASK || copied !== 0) return [];
  const words = ruleText(machine, at.rule);
  const span = rulePlace(machine, at.rule);
  const value = constants[0] ?? 0;
  const mask = (~kept | value) >>> 0;
  return [
    {
      check: markValueOutsideMask.id,
      severity: 'error',
      message: `bits ${formatWord(flipped)} of the ${word === 'packet' ? 'mark' : 'connmark'} are outside of the mask and are flipped instead of set: a second pass takes them away again`,
      span,
      path: [{ span, rule: words }],
      cure:
        at.table.frontend === 'nft'
          ? `${word === 'packet' ? 'meta' : 'ct'} mark set ${word === 'packet' ? 'meta' : 'ct'} mark & ${formatWord((FULL_MASK & ~mask) >>> 0)} | ${formatWord(value)}`
          : (saveWords(words) ?? '--set-xmark 0').replace(
              /--set-x?mark \S+/,
              `--set-xmark ${formatMark({ value, mask })}`,
            ),
      ...shown(machine, flowToRule(machine, at, { brings: bring(word, value) })),
      key: ruleKey(at, words),
    },
  ];
}

/** Seen on 6.18: the kernel compares under the mask alone. A mask of 0 takes every packet. */
function inPolicyRules(machine: Machine): readonly Finding[] {
  return machine.state.policyRules.flatMap((rule): readonly Finding[] => {
    const { fwmark, not = false } = rule.selector;
    if (fwmark === undefined || (fwmark.value & ~fwmark.mask) === 0) return [];
    const taken = (fwmark.value & fwmark.mask) >>> 0;
    const who = (not ? takenByNot : takenBy)({ value: taken, mask: fwmark.mask });
    const mask = (fwmark.mask | fwmark.value) >>> 0;
    return [
      {
        check: markValueOutsideMask.id,
        severity: 'error',
        message: `the policy rule for mark ${formatMark(fwmark)} takes ${who}: bits outside of the mask are not looked at`,
        span: spanOr(machine, rule.span),
        path: [policyRuleStep(machine, rule)],
        cure: replaceRule(machine, rule, { value: fwmark.value, mask }),
        ...shown(machine, flowWithMark(machine, rule.family, taken)),
        key: `${rule.family} ${policyRuleWords(rule)}`,
      },
    ];
  });
}

function takenBy(mark: Mark): string {
  if (mark.mask === 0) return 'every packet';
  if (mark.value === 0) return `every packet without a mark under ${formatWord(mark.mask)}`;
  return `packets with ${formatMark(mark)}`;
}

function takenByNot(mark: Mark): string {
  if (mark.mask === 0) return 'no packet';
  if (mark.value === 0) return `every packet with a mark under ${formatWord(mark.mask)}`;
  return `every packet but those with ${formatMark(mark)}`;
}

/** A packet that carries what the rule asks for, and comes to it in vain. */
function flowToRead(machine: Machine, { at, mask, word }: MarkRead, value: number): ShownFlow | undefined {
  const isIt = (one: Statement) =>
    markReads(one, at).some((read) => read.word === word && read.mask === mask);
  const statements = at.rule.statements.findIndex(isIt);
  return flowToRule(machine, at, { statements: Math.max(0, statements), brings: bring(word, value) });
}

function bring(word: MarkRead['word'], value: number): Pick<Flow, 'mark' | 'connmark'> {
  return word === 'packet' ? { mark: value } : { connmark: value };
}
