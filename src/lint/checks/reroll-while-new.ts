import type { Check } from '../check.ts';
import { chooseOnce } from '../cures/choose-once.ts';
import { checkDefects } from '../flow/check-defects.ts';
import type { Defect } from '../flow/defect.ts';
import { sayFate, sayFlow } from '../flow/defect-words.ts';
import { routerFiles } from '../flow/example-router.ts';
import { connBits, routedBits } from '../flow/judge.ts';
import { bitsOf, packetOf, routedMark } from '../flow/packet-facts.ts';
import type { Machine } from '../machine.ts';
import { markUses } from '../marks/mark-uses.ts';
import { ruleOf } from '../nat/rule-of.ts';

const MARKS = (guard: string) => `-A PREROUTING -i lan0 -m conntrack --ctstate NEW${guard} -j CHOOSE
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A CHOOSE -j CONNMARK --set-xmark 0x1/0xff
-A CHOOSE -m statistic --mode random --probability 0.5 -j CONNMARK --set-xmark 0x2/0xff
`;

export const rerollWhileNew: Check = {
  id: 'reroll-while-new',
  severity: 'error',
  summary: 'the WAN is chosen again for later packets of a connection that has one',
  why: [
    'A connection is NEW until the first reply, not for one packet. Everything sent before that (repeated SYNs, a DNS client’s second question, a stream that nobody answers) matches `--ctstate NEW` again, and a rule that chooses by chance chooses again: with masquerade each change drops the packet and forgets the connection.',
    'Whether a connection has a WAN already is told by its mark alone: choose where `connmark` is 0 under the bits that route, and restore first. The nat tables see the first packet only, too.',
    'The same holds for a rule that marks packets of known connections again after their mark was restored.',
  ],
  bad: { files: routerFiles(MARKS('')) },
  good: { files: routerFiles(MARKS(' -m connmark --mark 0x0/0xff')) },
  run: (machine) =>
    checkDefects(machine, 'reroll-while-new', (defect) => {
      const { what, cure } = wordsFor(machine, defect);
      return { severity: 'error', message: `${what}: ${sayFlow(defect)} ${sayFate(defect)}`, cure };
    }),
};

function wordsFor(machine: Machine, defect: Defect): { readonly what: string; readonly cure: string } {
  if (beginsLate(machine, defect))
    return {
      what: 'this rule restores a mark that the first packet was not routed by',
      cure: 'set the mark of the packet together with that of the connection, where the uplink is chosen, or restore behind the rules that choose it: the first packet has to go where the others go',
    };
  if (beginsUnmarked(defect))
    return {
      what: 'this rule marks a connection whose first packet had no mark',
      cure: 'mark the first packet as well, and save: to choose an uplink, and to leave before it is chosen, ask only what is the same for every packet of a connection',
    };
  return { what: chosenAgain(defect), cure: chooseOnce(machine, defect) };
}

function chosenAgain({ astray }: Defect): string {
  if (astray === 'P1b')
    return 'this rule marks a connection anew that has a mark and waits for its first reply';
  return astray === 'R'
    ? 'this rule gives replies another mark than their connection has'
    : 'this rule gives packets of a known connection another mark';
}

/** The mark was set on the connection alone, behind the restore: it begins with the second packet. */
function beginsLate({ state }: Machine, { rule, path, world }: Defect): boolean {
  const first = packetOf(path, 'P1');
  if (first === undefined || bitsOf(routedMark(first), world.bits) !== 0) return false;
  const found = ruleOf(state, rule);
  return markUses(state).writes.some(
    ({ at, word, copied }) => at.rule === found && word === 'packet' && copied !== 0,
  );
}

/** Neither the first packet nor its connection got a mark: to ask for connections without one would change nothing. */
function beginsUnmarked({ path, world, astray }: Defect): boolean {
  const first = packetOf(path, 'P1');
  return astray !== 'R' && routedBits(world, first) === 0 && (connBits(world, first) ?? 0) === 0;
}
