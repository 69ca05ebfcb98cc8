import type { Family } from '../../net/family.ts';
import { FULL_MASK, formatMark, formatWord, type Mark } from '../../net/mark.ts';
import type { Machine } from '../machine.ts';
import { ownMarkRules } from '../marks/routing-marks.ts';
import { ipCommand, tableName } from '../routes/ip-command.ts';
import { freeMark, priorityForRule } from './free-numbers.ts';
import { cureText, tableOfWan } from './way-out.ts';

export interface Entry {
  readonly family: Family;
  /** Where connections come in, and where the hosts are that they are forwarded to. */
  readonly wan: string;
  readonly lan: string;
  readonly isNft: boolean;
}

/** Behind the local table and before main. */
const FIRST_PRIORITY = 100;

/** Marks what comes in by an uplink, and sends the replies to its table: with the mark and table it has, or free ones. */
export function markReplies(machine: Machine, { family, wan, lan, isNft }: Entry): string {
  const way = tableOfWan(machine, family, wan);
  const has = ownMarkRules(machine, family).find(
    ({ action }) => action.kind === 'lookup' && action.table === way.table,
  );
  const mark = has?.mark ?? freeMark(machine, family);
  const priority = priorityForRule(machine.state, family, FIRST_PRIORITY - 1);
  const rule = `${ipCommand(family)} rule add fwmark ${formatMark(mark)} lookup ${tableName(machine, way.table)} priority ${priority}`;
  return cureText(
    `give what comes in by ${wan} a mark, which its replies get back, in prerouting after connection tracking (mangle)`,
    [
      ...(isNft ? inNft(mark, wan, lan) : inIptables(mark, wan, lan)),
      ...way.lines,
      ...(has === undefined ? [rule] : []),
    ],
    way.notes,
  );
}

function inIptables(mark: Mark, wan: string, lan: string): readonly string[] {
  const mask = formatWord(mark.mask);
  return [
    `-A PREROUTING -i ${wan} -m conntrack --ctstate NEW -j CONNMARK --set-xmark ${formatMark(mark)}`,
    `-A PREROUTING -i ${lan} -j CONNMARK --restore-mark --nfmask ${mask} --ctmask ${mask}`,
  ];
}

function inNft({ value, mask }: Mark, wan: string, lan: string): readonly string[] {
  const keep = formatWord((FULL_MASK & ~mask) >>> 0);
  return [
    `iifname "${wan}" ct state new ct mark set ct mark & ${keep} | ${formatWord(value)}`,
    `iifname "${lan}" ct mark & ${formatWord(mask)} == ${formatWord(value)} meta mark set meta mark & ${keep} | ${formatWord(value)}`,
  ];
}
