import { FULL_MASK, formatMark, formatWord, type Mark } from '../../net/mark.ts';
import { familiesOf } from '../all-rules.ts';
import type { Check } from '../check.ts';
import { bitsOfPrograms, movedMark } from '../cures/free-numbers.ts';
import { valueByValue } from '../cures/value-by-value.ts';
import type { Edit, Finding } from '../finding.ts';
import { saveMask } from '../fixes/save-mask.ts';
import { setMask } from '../fixes/set-mask.ts';
import { flowToRule } from '../flow/flow-to-rule.ts';
import { passesRule } from '../flow/packet-facts.ts';
import { plainWorld } from '../flow/plain-world.ts';
import { shown } from '../flow/shown-flow.ts';
import { traceWithin } from '../flow/trace-within.ts';
import type { Machine } from '../machine.ts';
import { type LostMark, lostMarks } from '../marks/lost-marks.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { ownMask, wholeBytes } from '../marks/own-mask.ts';
import { ownerOf } from '../marks/owner-of.ts';
import { presentPrograms } from '../marks/present-programs.ts';
import { ruleKey } from '../marks/rule-words.ts';
import { sufferingFlow } from '../routes/suffering-flow.ts';
import { rulePlace, ruleText } from '../rule-place.ts';

const TAILSCALE = `*filter
:FORWARD ACCEPT [0:0]
:ts-forward - [0:0]
-A FORWARD -j ts-forward
-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
-A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
COMMIT
`;

export const foreignBitsClobbered: Check = {
  id: 'foreign-bits-clobbered',
  severity: 'warning',
  summary: "a rule overwrites bits of the mark in which another program's marks live",
  why: [
    "A packet has one mark of 32 bits, a connection another, and all programs on a machine share them. Who sets, saves or restores the whole word takes away what the others have put there: a VPN client's own packets go into its tunnel, packets that were to be translated are not.",
    'Programs are known by their chains, tables, interfaces and policy rules, or by the settings. A rule is reported when a packet with the mark of such a program comes to it and leaves it without; where nobody else sets marks, whole words do no harm and nothing is said.',
    'nft cannot merge two marks under a mask in one statement: a masked save or restore takes one rule for each value.',
  ],
  bad: {
    files: {
      'rules.v4': `*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -p tcp --dport 25 -j MARK --set-mark 0x1
COMMIT
${TAILSCALE}`,
    },
  },
  good: {
    files: {
      'rules.v4': `*mangle
:OUTPUT ACCEPT [0:0]
-A OUTPUT -p tcp --dport 25 -j MARK --set-xmark 0x1/0xff
COMMIT
${TAILSCALE}`,
    },
  },
  run: (machine) => {
    const found = new Map<MarkWrite, LostMark[]>();
    for (const lost of lostMarks(machine)) {
      const list = found.get(lost.write);
      if (list === undefined) found.set(lost.write, [lost]);
      else list.push(lost);
    }
    return [...found.values()].flatMap((list) => report(machine, list));
  },
};

function report(machine: Machine, list: readonly LostMark[]): readonly Finding[] {
  const lost = list.find(({ shown }) => shown !== undefined) ?? list[0];
  if (lost === undefined) return [];
  const { write, shown: lostOn } = lost;
  const { at } = write;
  const words = ruleText(machine, at.rule);
  const span = rulePlace(machine, at.rule);
  const word = write.word === 'packet' ? 'mark' : 'connmark';
  const others = list.map(
    ({ program, bits }) =>
      `${program.title} (${program.whole ? 'the whole word' : formatWord(bits)}, ${program.seen})`,
  );
  const mask =
    at.table.family === 'ip6'
      ? ownMask(machine, 'ipv6')
      : ownMask(machine, familiesOf(at.table)[0] ?? 'ipv4');
  const own = ownerOf(at, presentPrograms(machine)) === undefined ? mask : undefined;
  const fix = own === undefined ? undefined : fixOf(machine, write, own);
  const note =
    lostOn === undefined ? undefined : `${word} ${formatWord(lostOn.before)} → ${formatWord(lostOn.after)}`;
  return [
    {
      check: foreignBitsClobbered.id,
      severity: 'warning',
      message: `the whole ${word} is overwritten, and with it the bits of ${others.join(' and ')}: ${lost.program.purpose}`,
      span,
      path: [{ span, rule: words, ...(note === undefined ? {} : { note }) }],
      cure: cureOf(machine, write, own),
      ...(fix === undefined ? {} : { fix }),
      ...flowOf(machine, lost),
      key: ruleKey(at, words),
    },
  ];
}

/** The flow that loses its mark; where none was found by itself, one that is taken to come with it. */
function flowOf(
  machine: Machine,
  { write, program, bits, shown: lostOn }: LostMark,
): Pick<Finding, 'flow' | 'assumed'> {
  if (lostOn !== undefined) {
    const world = plainWorld(machine, lostOn.flow.family);
    const names = lostOn.path.packets.map(({ name }) => name);
    const routed = traceWithin(machine, world, lostOn.flow, names)?.paths.find((path) =>
      passesRule(path, write.at),
    );
    // Where it leaves was not needed to see that the mark is lost.
    if (routed !== undefined) return shown(machine, { world, flow: lostOn.flow, path: routed });
    return { flow: sufferingFlow(machine, lostOn.flow, lostOn.path) };
  }
  const value = (program.values[0] ?? bits & -bits) >>> 0;
  const brings = write.word === 'packet' ? { mark: value } : { connmark: value };
  const followed = flowToRule(machine, write.at, { brings });
  return shown(machine, followed, [`packets of ${program.title} come to this rule`]);
}

function fixOf(machine: Machine, write: MarkWrite, mask: number): readonly Edit[] | undefined {
  if (write.kept !== 0) return undefined;
  const { span } = write.at.rule;
  if (span === undefined) return undefined;
  const copies = write.copied !== 0;
  return copies ? saveMask(machine.sources, span, mask) : setMask(machine.sources, span, mask);
}

/** In the words of the front end, under the machine's own mask; where that is a program's, moved to bits that are free. */
function cureOf(machine: Machine, write: MarkWrite, own: number | undefined): string {
  const { copied, constants = [] } = write;
  const value = constants[0] ?? 0;
  const moved = own === undefined ? movedMark(value, bitsOfPrograms(machine)) : undefined;
  const mask = own ?? moved?.mask ?? (wholeBytes(value) || 0xff);
  const lines = linesOf(machine, write, { value: moved?.value ?? value, mask });
  if (moved === undefined) return lines;
  const asked = copied !== 0 ? `marks under ${formatWord(mask)}` : formatMark({ value: moved.value, mask });
  return `${lines}\nwith ${asked} wherever these marks are set, and asked for: the bits used now are not free`;
}

function linesOf(machine: Machine, { at, word, copied }: MarkWrite, { value, mask }: Mark): string {
  const k = formatWord(mask);
  if (at.table.frontend !== 'nft') {
    if (copied !== 0)
      return `-j CONNMARK ${word === 'packet' ? '--restore-mark' : '--save-mark'} --nfmask ${k} --ctmask ${k}`;
    return `-j ${word === 'packet' ? 'MARK' : 'CONNMARK'} --set-xmark ${formatMark({ value, mask })}`;
  }
  if (copied !== 0) return valueByValue(machine, at, word === 'connection', mask);
  const to = word === 'packet' ? 'meta mark' : 'ct mark';
  return `${to} set ${to} & ${formatWord((FULL_MASK & ~mask) >>> 0)} | ${formatWord(value)}`;
}
