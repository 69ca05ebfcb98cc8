import { FULL_MASK, formatWord } from '../../net/mark.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { Machine } from '../machine.ts';
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
    cure: cureOf(fault),
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
    case 'never-written':
      return `the connmark is asked for bits ${formatWord(fault.bits)}, which no rule ever writes: it never matches`;
  }
}

function cureOf(fault: MaskFault): string {
  const nft = fault.at.table.frontend === 'nft';
  switch (fault.kind) {
    case 'lost': {
      const mask = formatWord((fault.saved | fault.value) >>> 0);
      return nft ? `meta mark set ct mark & ${mask}` : `--restore-mark --nfmask ${mask} --ctmask ${mask}`;
    }
    case 'flipped':
      return `--nfmask ${formatWord(fault.taken)} --ctmask ${formatWord(fault.taken)}`;
    case 'wiped':
      return nft
        ? `one rule for each value V, which keeps the other bits: & ${formatWord((FULL_MASK & ~fault.taken) >>> 0)} | V`
        : `--nfmask ${formatWord(fault.taken)} --ctmask ${formatWord(fault.taken)}`;
    case 'never-written':
      return 'ask for bits that a rule saves, or save these';
  }
}
