import type { Statement } from '../../kernel/statement.ts';
import { formatWord } from '../../net/mark.ts';
import type { PacketTrace, TracePath } from '../../trace/trace.ts';
import { familiesOf, type RuleAt } from '../all-rules.ts';
import type { Check } from '../check.ts';
import { saveWords } from '../cures/rule-text.ts';
import { valueByValue } from '../cures/value-by-value.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { bitsOf, routedMark, ruleSteps } from '../flow/packet-facts.ts';
import { type ShownFlow, shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { markReads } from '../marks/mark-read.ts';
import { markUses, markUsesOf } from '../marks/mark-uses.ts';
import { type MaskFault, maskFaults } from '../marks/mask-faults.ts';
import { ruleKey } from '../marks/rule-words.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const rules = (restore: string) => `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask ${restore} --ctmask ${restore}
-A PREROUTING -m mark --mark 0x0/0xff -i lan0 -j MARK --set-xmark 0x12/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
COMMIT
`;

export const maskMismatch: Check = {
  id: 'mask-mismatch',
  severity: 'error',
  summary: 'a mark is saved under one mask and restored or matched under another',
  why: [
    'What is saved under a mask comes back under the mask of the restore: bits that only one of them has are lost, and the rest is another mark, or none.',
    '`--nfmask` and `--ctmask` say which bits are taken from one word and which are cleared in the other. Bits that are taken but not cleared are flipped instead of copied: saving the same mark twice takes it away again.',
    'The same holds of copies that shift: the save has to clear the bits that the mark is shifted to, and the restore has to take these bits and shift them back.',
    'A match on connmark bits that nothing ever writes never holds.',
  ],
  bad: { files: { 'rules.v4': rules('0xf') } },
  good: { files: { 'rules.v4': rules('0xff') } },
  run: (machine) => maskFaults(machine).map((fault) => report(machine, fault)),
};

function report(machine: Machine, fault: MaskFault): Finding {
  const { at } = fault;
  const words = ruleText(machine, at.rule);
  const span = rulePlace(machine, at.rule);
  const others = fault.others.map((other) => ({
    span: rulePlace(machine, other.rule),
    rule: ruleText(machine, other.rule),
  }));
  return {
    check: maskMismatch.id,
    severity: fault.kind === 'never-written' ? 'warning' : 'error',
    message: messageOf(fault),
    span,
    path: [...others, { span, rule: words }],
    cure: cureOf(machine, fault),
    ...shown(machine, flowOf(machine, fault)),
    key: `${fault.kind} ${ruleKey(at, words)}`,
  };
}

function messageOf(fault: MaskFault): string {
  switch (fault.kind) {
    case 'lost': {
      const { value, saved, restored } = fault;
      return `mark ${formatWord(value)} is saved under ${formatWord(saved)} and restored under ${formatWord(restored)}: it comes back as ${formatWord((value & saved & restored) >>> 0)}`;
    }
    case 'flipped':
      return `bits ${formatWord(fault.bits)} are taken over but not cleared before, so they are flipped: doing it twice takes them away`;
    case 'wiped':
      return `bits ${formatWord(fault.bits)} of the ${fault.word} are cleared and not taken over, though another rule keeps a mark there`;
    case 'shifted': {
      const { value, saved, by, becomes } = fault;
      const connmark = `mark ${formatWord(value)} is saved as connmark ${formatWord(saved)}`;
      return by === 'restore'
        ? `${connmark} and restored as ${formatWord(becomes)}: masks and shifts of the two rules do not fit`
        : `${connmark}, and saving it again makes that ${formatWord(becomes)}: the shift puts it on bits that the mask does not clear`;
    }
    case 'never-written':
      return `the connmark is asked for bits ${formatWord(fault.bits)}, which no rule ever writes: it never matches`;
  }
}

function cureOf(machine: Machine, fault: MaskFault): string {
  const { at } = fault;
  const words = ruleText(machine, at.rule);
  const nft = at.table.frontend === 'nft';
  switch (fault.kind) {
    case 'lost': {
      const mask = formatWord((fault.saved | fault.value) >>> 0);
      return nft ? `meta mark set ct mark & ${mask}` : copyUnder(words, mask);
    }
    case 'flipped':
    case 'wiped':
      return nft
        ? valueByValue(machine, at, fault.kind === 'wiped' && fault.word === 'connmark', fault.taken)
        : copyUnder(words, formatWord(fault.taken));
    case 'shifted':
      return shiftCure(machine, fault);
    case 'never-written':
      return saveCure(machine, fault);
  }
}

/** The rule with both masks alike. */
function copyUnder(words: string, mask: string): string {
  const copy = /--(?:save|restore)-mark/.exec(words)?.[0] ?? '--restore-mark';
  return (saveWords(words) ?? '-j CONNMARK').replace(
    /-j CONNMARK\b.*$/,
    `-j CONNMARK ${copy} --nfmask ${mask} --ctmask ${mask}`,
  );
}

/** The save and the restore without a shift, under one mask. */
function shiftCure(machine: Machine, fault: Extract<MaskFault, { kind: 'shifted' }>): string {
  const mask = formatWord(fault.mask);
  const lead = 'keep the mark on the bits that it has, in both rules';
  if (fault.at.table.frontend === 'nft')
    return cureText(lead, ['ct mark set meta mark', 'ct mark != 0 meta mark set ct mark']);
  const copies = [fault.save, ...(fault.restore === undefined ? [] : [fault.restore])];
  return cureText(
    lead,
    copies.map(({ rule }) => copyUnder(ruleText(machine, rule), mask)),
  );
}

/** Bits that a rule asks for and none writes: a save takes them along. */
function saveCure(machine: Machine, { at, bits }: Extract<MaskFault, { kind: 'never-written' }>): string {
  const family = familiesOf(at.table)[0] ?? 'ipv4';
  const save = markUsesOf(machine.state, family).writes.find(
    ({ word, copied, at: other }) =>
      word === 'connection' &&
      copied !== 0 &&
      (other.table.frontend === 'nft') === (at.table.frontend === 'nft'),
  );
  const mask = formatWord(((save?.copied ?? 0) | bits) >>> 0);
  const lead = 'save these bits as well, or ask for those that are saved';
  if (at.table.frontend === 'nft') return cureText(lead, [`ct mark set meta mark & ${mask}`]);
  const words =
    save === undefined ? '-A PREROUTING -j CONNMARK --save-mark' : ruleText(machine, save.at.rule);
  return cureText(lead, [copyUnder(words, mask)]);
}

/** A flow on which the fault shows: a mark that comes back as another, or that is gone behind the rule. */
function flowOf(machine: Machine, fault: MaskFault): ShownFlow | undefined {
  const { at } = fault;
  switch (fault.kind) {
    case 'lost':
      return (
        flowToRule(machine, fault.setter, {
          packets: ['P1', 'R', 'P3'],
          shows: ({ packets }) => {
            const [first, later] = ['P1', 'P3'].map((name) => packets.find((packet) => packet.name === name));
            return first !== undefined && later !== undefined && !sameMark(first, later, fault.value);
          },
        }) ?? flowToRule(machine, at)
      );
    case 'shifted':
      return flowToRule(machine, fault.setter, { packets: ['P1', 'R', 'P3'] });
    case 'flipped':
    case 'wiped':
      return losingFlow(machine, at, fault.bits) ?? flowToRule(machine, at);
    case 'never-written': {
      const isAsked = (one: Statement) =>
        markReads(one, at).some(({ word, mask }) => word === 'connection' && (mask & fault.bits) !== 0);
      const statements = at.rule.statements.findIndex(isAsked);
      return flowToRule(machine, at, { statements: Math.max(0, statements) });
    }
  }
}

function sameMark(one: PacketTrace, other: PacketTrace, bits: number): boolean {
  return bitsOf(routedMark(one), bits) === bitsOf(routedMark(other), bits);
}

/** So many rules that set the bits are asked for a flow. */
const MOST_SETTERS = 8;

/** A flow that comes by the rule with one of the bits, which a rule before has set, and leaves it without. */
function losingFlow(machine: Machine, at: RuleAt, bits: number): ShownFlow | undefined {
  const setters = markUses(machine.state).writes.filter(
    ({ copied, constants = [] }) => copied === 0 && constants.some((value) => (value & bits) !== 0),
  );
  for (const one of [at, ...setters.slice(0, MOST_SETTERS).map((write) => write.at)]) {
    const found = flowToRule(machine, one, { shows: (path) => loses(path, at, bits) });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One of the bits is set before the rule, and not behind it. */
function loses({ packets }: TracePath, { table, chain, index }: RuleAt, bits: number): boolean {
  return packets.some((packet) =>
    ruleSteps(packet).some(({ step: { rule, mark, connmark } }) => {
      if (rule.index !== index || rule.chain !== chain.name || rule.table !== table.name) return false;
      return [mark, connmark].some((pair) => {
        const [before, after] = (pair ?? []).map((one) => bitsOf(one, bits));
        return before !== undefined && after !== undefined && (before & ~after) !== 0;
      });
    }),
  );
}
