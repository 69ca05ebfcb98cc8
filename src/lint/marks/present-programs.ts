import type { Table } from '../../kernel/netfilter.ts';
import { isOwnRule, isOwnTable, OWN_CHAIN_PREFIX, OWN_NFT_TABLE } from '../../kernel/ownership.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { FULL_MASK } from '../../net/mark.ts';
import { interfaceNames } from '../interface-names.ts';
import type { Machine } from '../machine.ts';
import type { Neighbour } from '../neighbours/neighbour.ts';
import { NEIGHBOURS } from '../neighbours.ts';
import { digestOf } from '../table-digest.ts';
import { markUses } from './mark-uses.ts';
import { writtenBits } from './mark-write.ts';

/** A program whose marks live on this machine. */
export interface Program extends Neighbour {
  /** How it is known to be here, for the reader. */
  readonly seen: string;
}

const KNOWN = new WeakMap<Machine, readonly Program[]>();

/** Known programs that are seen in the rulesets, policy rules and links, or named in the settings; polywan among them. */
export function presentPrograms(machine: Machine): readonly Program[] {
  const known = KNOWN.get(machine);
  if (known !== undefined) return known;
  const names = [...interfaceNames(machine.state)];
  // What polywan makes is a sign of no other program, and it makes hundreds of chains and rules.
  const { tables, policyRules } = machine.state;
  const others = {
    tables: tables.filter((table) => !isOwnTable(table)),
    policyRules: policyRules.filter((rule) => !isOwnRule(rule)),
  };
  const programs = [
    ...NEIGHBOURS.flatMap((neighbour): readonly Program[] => {
      const seen = machine.neighbours.includes(neighbour.name)
        ? 'named in the settings'
        : signOf(neighbour, others, names);
      return seen === undefined ? [] : [{ ...neighbour, seen }];
    }),
    ...polywan(machine),
    ...machine.reserved.map(reserved),
  ];
  KNOWN.set(machine, programs);
  return programs;
}

function signOf(
  neighbour: Neighbour,
  { tables, policyRules }: Pick<KernelState, 'tables' | 'policyRules'>,
  names: readonly string[],
): string | undefined {
  const { signs } = neighbour;
  for (const table of tables) {
    if (signs.tables?.test(table.name)) return `table ${table.name}`;
    const chain = table.chains.find(({ name }) => signs.chains?.test(name));
    if (chain !== undefined) return `chain ${chain.name}`;
    if (signs.comments !== undefined && hasComment(table, signs.comments)) return 'comments of its rules';
  }
  const rule = policyRules.find((one) => isItsRule(neighbour, one));
  if (rule !== undefined) return `policy rule ${rule.priority}`;
  const name = names.find((one) => signs.interfaces?.test(one));
  return name === undefined ? undefined : `interface ${name}`;
}

function hasComment(table: Table, pattern: RegExp): boolean {
  return digestOf(table).comments.some((comment) => pattern.test(comment));
}

/** Whether a policy rule is this program's, by its mark and, where others may use the same, its priority. */
export function isItsRule({ values, mask, priorities, signs }: Neighbour, rule: PolicyRule): boolean {
  const { fwmark } = rule.selector;
  if (fwmark === undefined || fwmark.mask !== mask) return false;
  if (values.length > 0 && !values.includes(fwmark.value)) return false;
  return (
    signs.rules === true ||
    priorities.some(([first, last]) => first <= rule.priority && rule.priority <= last)
  );
}

/** polywan's own rules, beside rules that are not. */
function polywan({ state, site }: Machine): readonly Program[] {
  const rules = state.policyRules.filter(isOwnRule);
  const writes = markUses(state).writes.filter(({ at }) => isPolywans(at.table, at.chain.name));
  if (rules.length === 0 && writes.length === 0) return [];
  const found = [
    ...rules.map(({ selector }) => selector.fwmark?.mask ?? 0),
    ...writes.map((write) => writtenBits(write)),
  ].reduce((bits, mask) => bits | mask, 0);
  const mask = site?.markMask ?? found >>> 0;
  return [
    {
      ...UNKNOWN,
      name: 'polywan',
      title: 'polywan',
      mask,
      connmark: mask,
      from: ['prerouting', 'output'],
      signs: { chains: new RegExp(`^${OWN_CHAIN_PREFIX}`), tables: new RegExp(`^${OWN_NFT_TABLE}$`) },
      purpose: 'the WAN of a connection',
      seen: 'its own rules',
    },
  ];
}

function isPolywans(table: Table, chain: string): boolean {
  return isOwnTable(table) || (table.frontend !== 'nft' && chain.startsWith(OWN_CHAIN_PREFIX));
}

/** What nothing more is known of: any value, anywhere. */
const UNKNOWN = { values: [], whole: false, priorities: [], signs: {}, source: '' } as const;

function reserved({ name, mask }: Machine['reserved'][number]): Program {
  return {
    ...UNKNOWN,
    name,
    title: name,
    mask,
    connmark: mask,
    whole: mask === FULL_MASK,
    from: ['socket', 'prerouting', 'output', 'forward'],
    purpose: 'reserved in the settings',
    seen: 'reserved in the settings',
  };
}
