import { FULL_MASK, formatWord } from '../../net/mark.ts';
import { protocolName } from '../../trace/view.ts';
import { nftWords, saveWords } from '../cures/rule-text.ts';
import type { Edit } from '../finding.ts';
import { saveAfterMark } from '../fixes/save-after-mark.ts';
import type { Machine } from '../machine.ts';
import { writtenBits } from '../marks/mark-write.ts';
import type { Defect } from './defect.ts';
import { sayRef } from './finding-of.ts';
import { writesOf } from './marking.ts';
import { bitsOf, packetOf, routedMark, sayExit } from './packet-facts.ts';

/** Words that several checks need for the same defect. */

/** `172.17.0.2 → 203.0.113.9 tcp/443 from lan0` */
export function sayFlow({ flow }: Defect): string {
  const { source = 'the router', destination, protocol, destinationPort, in: device } = flow;
  const port = destinationPort === undefined ? '' : `/${destinationPort}`;
  return `${source} → ${destination} ${protocolName(protocol)}${port}${device === undefined ? '' : ` from ${device}`}`;
}

/** How the flow fares: where it begins, and where the packet that goes astray ends. */
export function sayFate({ path, astray, flow }: Defect): string {
  const first = packetOf(path, 'P1');
  const packet = astray === undefined ? undefined : packetOf(path, astray);
  if (first === undefined || packet === undefined) return '';
  const words = { P1: '', E: '', P1b: 'the next packet', P3: 'the packet after the reply', R: 'the reply' };
  const begins = astray === 'R' ? `came in by ${flow.in}` : `leaves by ${sayExit(first)}`;
  const ends =
    packet.disposition.kind === 'routed' ? `leaves by ${sayExit(packet)}` : `is ${sayExit(packet)}`;
  return `${begins}, ${words[astray ?? 'P3']} ${ends}`;
}

/** The mark by which the first packet was routed. */
export function sayRouted({ path, world }: Defect): string {
  const first = packetOf(path, 'P1');
  const value = first === undefined ? undefined : bitsOf(routedMark(first), world.bits);
  return value === undefined ? 'its mark' : formatWord(value);
}

/** Bits that a save has to take: what the marking rule writes of those that route. */
export function bitsToSave({ world, marking }: Defect): number {
  if (marking === undefined) return world.bits;
  const written = writesOf(world, marking).reduce((bits, write) => (bits | writtenBits(write)) >>> 0, 0);
  return written === 0 ? world.bits : written;
}

/** The line that saves the mark in the chain that sets it, in the file's own syntax. */
export function saveCure(defect: Defect): string {
  const { marking } = defect;
  const bits = bitsToSave(defect);
  if (marking === undefined || marking.frontend === 'nft') {
    const value = constantOf(defect);
    const all = bits === FULL_MASK || value === undefined;
    const save = all
      ? 'ct mark set meta mark'
      : `ct mark set ct mark and ${formatWord(~bits)} or ${formatWord(value)}`;
    return `save in the rule that marks, behind its \`meta mark set\` and before anything can leave:\n${save}`;
  }
  return `save in the chain that marks, right behind the rule that does and before anything can leave:\n-A ${marking.chain} -j CONNMARK --save-mark${bothMasks(bits)}`;
}

/** The rule, asking that no bit that routes is in the connection's mark. */
export function whereUnmarked(machine: Machine, { world: { bits }, rule }: Defect): string {
  const written = sayRef(machine, rule);
  if (rule.frontend === 'nft') {
    const test = bits === FULL_MASK ? 'ct mark 0' : `ct mark and ${formatWord(bits)} == 0`;
    return `${test} ${nftWords(written) ?? ''}`.trim();
  }
  const test = `-m connmark --mark 0x0/${formatWord(bits)}`;
  return saveWords(written)?.replace(/ (?=-[jg] )/, ` ${test} `) ?? test;
}

/** The line that restores the mark, and where it has to stand. */
export function restoreCure(defect: Defect): string {
  const hook = restoringHook(defect);
  const type = hook === 'OUTPUT' ? 'route' : 'filter';
  const place =
    defect.rule.frontend === 'nft'
      ? `a chain of \`type ${type} hook ${hook.toLowerCase()} priority mangle\``
      : `${hook} of the mangle table`;
  return `restore where it can route, first in ${place}:\n${restoreLine(defect, hook)}`;
}

/** The router's own packets are routed again in OUTPUT alone. */
export function restoringHook({ flow, detail }: Defect): 'PREROUTING' | 'OUTPUT' {
  return flow.in === undefined || detail === 'not in output' ? 'OUTPUT' : 'PREROUTING';
}

/** Restores the bits that route, first in the chain; nft writes whole words (kernel-facts 3.3). */
export function restoreLine({ world: { bits }, rule }: Defect, chain: 'PREROUTING' | 'OUTPUT'): string {
  if (rule.frontend !== 'nft') return `-A ${chain} -j CONNMARK --restore-mark${bothMasks(bits)}`;
  return bits === FULL_MASK
    ? 'ct mark != 0 meta mark set ct mark'
    : `ct mark and ${formatWord(bits)} != 0 meta mark set ct mark`;
}

function bothMasks(bits: number): string {
  return bits === FULL_MASK ? '' : ` --nfmask ${formatWord(bits)} --ctmask ${formatWord(bits)}`;
}

function constantOf({ world, marking }: Defect): number | undefined {
  const [write] = marking === undefined ? [] : writesOf(world, marking);
  const [value, ...more] = write?.constants ?? [];
  return more.length === 0 ? value : undefined;
}

/** The same as an edit, where the text leaves nothing open. */
export function saveFix(machine: Machine, defect: Defect): readonly Edit[] | undefined {
  const span = defect.marking?.span;
  return span === undefined ? undefined : saveAfterMark(machine.sources, span, bitsToSave(defect));
}
