import { formatWord } from '../../net/mark.ts';
import type { Span } from '../../net/span.ts';
import type { MarkView, PacketTrace, RuleRef, TracePath } from '../../trace/trace.ts';
import { conditionWords } from '../condition-words.ts';
import type { Finding, PathStep, Severity } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { ruleText } from '../rule-place.ts';
import type { Defect } from './defect.ts';
import { ENDS_BASE } from './leaving-verdicts.ts';
import { packetOf, type RuleStep, ruleSteps, sameRule } from './packet-facts.ts';
import { ruleOfRef } from './rule-of-ref.ts';
import { shownPacket } from './shown-packet.ts';

/** What a check adds to a defect. */
export interface Words {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  readonly cure: string;
  readonly fix?: Finding['fix'];
}

/** A defect as a finding: its place, the rules that lead there, and the flow that suffers. */
export function findingOf(machine: Machine, defect: Defect, words: Words): Finding {
  const { world, rule, flow, path } = defect;
  const { fix, ...said } = words;
  const { assumed } = world;
  return {
    ...said,
    span: placeOf(machine, rule),
    path: pathTo(machine, defect),
    flow: {
      flow,
      conditions: conditionWords(machine, path),
      packets: path.packets.map(shownPacket),
    },
    ...(fix === undefined ? {} : { fix }),
    ...(assumed.length === 0 ? {} : { assumed }),
    key: `${rule.table} ${rule.chain}: ${sayRef(machine, rule)}`,
  };
}

export function placeOf(machine: Machine, rule: RuleRef): Span {
  return rule.span ?? { file: machine.name, start: 0, end: 0 };
}

export function sayRef(machine: Machine, ref: RuleRef): string {
  const at = ruleOfRef(machine.state, ref);
  return at === undefined ? `${ref.table} ${ref.chain} #${ref.index + 1}` : ruleText(machine, at.rule);
}

/** More rules than these before the place are not what a reader looks for. */
const MAX_STEPS = 12;

/** What the packet met that did something, up to the place. */
function pathTo(machine: Machine, { path, packet, rule, marking }: Defect): readonly PathStep[] {
  const steps = ruleSteps(packetOf(path, packet) ?? firstOf(path)).map(({ step }) => step);
  const end = steps.findLastIndex((step) => sameRule(step.rule, rule));
  const before = steps.slice(0, end + 1).filter((step) => isTelling(step) || isOne(step, [rule, marking]));
  const told = before.slice(-MAX_STEPS).map((step): PathStep => {
    const note = noteOf(step);
    return {
      ...(step.rule.span === undefined ? {} : { span: step.rule.span }),
      rule: sayRef(machine, step.rule),
      ...(note === '' ? {} : { note }),
    };
  });
  // The place may be a rule that the packet never came by.
  if (end !== -1) return told;
  return [...told, { span: placeOf(machine, rule), rule: sayRef(machine, rule), note: 'never reached' }];
}

function firstOf({ packets }: TracePath): PacketTrace {
  const [first] = packets;
  if (first === undefined) throw new Error('a way without packets');
  return first;
}

function isOne({ rule }: RuleStep, refs: readonly (RuleRef | undefined)[]): boolean {
  return refs.some((ref) => ref !== undefined && sameRule(ref, rule));
}

function isTelling(step: RuleStep): boolean {
  return step.verdict !== undefined || noteOf(step) !== '';
}

function noteOf({ mark, connmark, verdict, hook, rule }: RuleStep): string {
  const changes = [
    ...(sayMark(mark[0]) === sayMark(mark[1]) ? [] : [`mark ${sayMark(mark[0])} → ${sayMark(mark[1])}`]),
    ...(connmark === undefined || sayMark(connmark[0]) === sayMark(connmark[1])
      ? []
      : [`connmark ${sayMark(connmark[0])} → ${sayMark(connmark[1])}`]),
    ...(ENDS_BASE.has(verdict) ? [`leaves the ${endOfAccept(rule)} at ${hook}`] : []),
  ];
  return changes.join(', ');
}

/** What ACCEPT and a queue end: the table at this hook; of nft, the base chain alone (kernel-facts 2.1, 2.2). */
export function endOfAccept({ frontend }: RuleRef): string {
  return frontend === 'nft' ? 'base chain' : 'table';
}

export function sayMark(mark: MarkView | undefined): string {
  if (mark === undefined) return 'none';
  return typeof mark === 'number' ? formatWord(mark) : '?';
}
