import { FULL_MASK, formatMark, formatWord } from '../../net/mark.ts';
import { familiesOf } from '../all-rules.ts';
import type { Check } from '../check.ts';
import type { Edit, Finding } from '../finding.ts';
import { saveMask } from '../fixes/save-mask.ts';
import { setMask } from '../fixes/set-mask.ts';
import type { Machine } from '../machine.ts';
import { type LostMark, lostMarks } from '../marks/lost-marks.ts';
import type { MarkWrite } from '../marks/mark-write.ts';
import { ownMask } from '../marks/own-mask.ts';
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
  const { write, shown } = lost;
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
    shown === undefined ? undefined : `${word} ${formatWord(shown.before)} → ${formatWord(shown.after)}`;
  return [
    {
      check: foreignBitsClobbered.id,
      severity: 'warning',
      message: `the whole ${word} is overwritten, and with it the bits of ${others.join(' and ')}: ${lost.program.purpose}`,
      span,
      path: [{ span, rule: words, ...(note === undefined ? {} : { note }) }],
      ...(shown === undefined ? {} : { flow: sufferingFlow(machine, shown.flow, shown.path) }),
      cure: cureOf(write, own),
      ...(fix === undefined ? {} : { fix }),
      ...(shown === undefined ? { assumed: [`packets of ${lost.program.title} come to this rule`] } : {}),
      key: ruleKey(at, words),
    },
  ];
}

function fixOf(machine: Machine, write: MarkWrite, mask: number): readonly Edit[] | undefined {
  if (write.kept !== 0) return undefined;
  const { span } = write.at.rule;
  if (span === undefined) return undefined;
  const copies = write.copied !== 0;
  return copies ? saveMask(machine.sources, span, mask) : setMask(machine.sources, span, mask);
}

/** In the words of the front end; K where the bits to take are not certain. */
function cureOf({ at, word, copied, constants = [] }: MarkWrite, mask: number | undefined): string {
  const k = mask === undefined ? 'K' : formatWord(mask);
  const value = constants[0] ?? 0;
  if (at.table.frontend !== 'nft') {
    const lead = mask === undefined ? 'with K the bits of these marks alone: ' : '';
    if (copied !== 0)
      return `${lead}-j CONNMARK ${word === 'packet' ? '--restore-mark' : '--save-mark'} --nfmask ${k} --ctmask ${k}`;
    const target = word === 'packet' ? 'MARK' : 'CONNMARK';
    return `${lead}-j ${target} --set-xmark ${mask === undefined ? `${formatWord(value)}/K` : formatMark({ value, mask })}`;
  }
  const rest = mask === undefined ? '~K' : formatWord((FULL_MASK & ~mask) >>> 0);
  const [to, from] = word === 'packet' ? ['meta mark', 'ct mark'] : ['ct mark', 'meta mark'];
  if (copied !== 0) return `one rule for each value V: ${from} & ${k} == V ${to} set ${to} & ${rest} | V`;
  return `${to} set ${to} & ${rest} | ${formatWord(value)}`;
}
