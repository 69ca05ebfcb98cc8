import { isOwnRule } from '../../kernel/ownership.ts';
import type { PolicyRule } from '../../kernel/routing.ts';
import { FULL_MASK } from '../../net/mark.ts';
import { basesOfRule, type RuleAt } from '../all-rules.ts';
import type { Machine } from '../machine.ts';
import { ROUTERS } from '../neighbours/routers.ts';
import { markUses } from './mark-uses.ts';
import { type MarkWrite, writtenBits } from './mark-write.ts';
import { ownerOf } from './owner-of.ts';
import { isItsRule, type Program, presentPrograms } from './present-programs.ts';

/** Two meanings in the same bits. */
export type Overlap =
  /** A mark of the machine's own rules within a program's bits. */
  | {
      readonly kind: 'own';
      readonly at: RuleAt;
      readonly value: number;
      readonly bits: number;
      readonly program: Program;
    }
  /** The site's marks. */
  | { readonly kind: 'site'; readonly bits: number; readonly program: Program }
  /** Two programs take the same bits. */
  | { readonly kind: 'programs'; readonly one: Program; readonly other: Program; readonly bits: number }
  /** A program's value is a mark of the router's. */
  | {
      readonly kind: 'taken';
      readonly program: Program;
      readonly value: number;
      /** Absent: a policy rule of the machine's own takes it. */
      readonly router?: Program;
      readonly rule?: PolicyRule;
    }
  /** A policy rule that never gets its marks: an earlier one takes them for another table. */
  | { readonly kind: 'shadowed'; readonly rule: PolicyRule; readonly by: PolicyRule };

export function overlaps(machine: Machine): readonly Overlap[] {
  const programs = presentPrograms(machine);
  return [
    ...programs.flatMap((program) => [...ownOverlap(machine, program), ...siteOverlap(machine, program)]),
    ...programs.flatMap((one, at) => programs.slice(at + 1).flatMap((other) => programOverlap(one, other))),
    ...programs
      .filter(({ whole, source }) => whole && source !== '')
      .flatMap((program) => takenValue(machine, program)),
    ...shadowed(machine),
  ];
}

/** The first rule of the machine's own that sets a mark in the program's bits. */
function ownOverlap(machine: Machine, program: Program): readonly Overlap[] {
  if (program.whole) return [];
  const programs = presentPrograms(machine);
  for (const write of markUses(machine.state).writes) {
    const { at, word, copied, constants = [] } = write;
    if (copied !== 0 || basesOfRule(at).length === 0 || ownerOf(at, programs) !== undefined) continue;
    const mask = word === 'packet' ? program.mask : program.connmark;
    const field = fieldOf(write);
    const value = constants.find((one) => isMeant(one, write, program) && (one & field & mask) !== 0);
    if (value !== undefined) return [{ kind: 'own', at, value, bits: (field & mask) >>> 0, program }];
  }
  return [];
}

/** Whoever sets the whole word sets the program's bits as well: it matters where the program takes them for its own. */
function isMeant(value: number, write: MarkWrite, { values, mask }: Program): boolean {
  if (writtenBits(write) !== FULL_MASK || values.length === 0) return true;
  return values.includes((value & mask) >>> 0);
}

/** Bits in which a set means something: those it writes, or where it writes all, those of its values. */
function fieldOf(write: MarkWrite): number {
  const written = writtenBits(write);
  if (written !== FULL_MASK) return written;
  return (write.constants ?? []).reduce((bits, value) => bits | value, 0) >>> 0;
}

function siteOverlap({ site }: Machine, program: Program): readonly Overlap[] {
  if (site === undefined || program.whole || program.name === 'polywan') return [];
  const bits = (site.markMask & program.mask) >>> 0;
  return bits === 0 ? [] : [{ kind: 'site', bits, program }];
}

function programOverlap(one: Program, other: Program): readonly Overlap[] {
  if (one.whole || other.whole) return [];
  const bits = (one.mask & other.mask) >>> 0;
  // What the settings reserve may be reserved for the very program that is seen as well.
  if (bits === 0 || one.source === '' || other.source === '') return [];
  return [{ kind: 'programs', one, other, bits }];
}

/** Values of a program that takes the whole word, as policy rules with a mask see them. */
function takenValue(machine: Machine, program: Program): readonly Overlap[] {
  const programs = presentPrograms(machine);
  const values = program.socketValues ?? program.values;
  const rules = machine.state.policyRules.filter(
    (rule) => !programs.some((one) => one.whole && isItsRule(one, rule)) && !isOwnRule(rule),
  );
  for (const value of values) {
    const rule = rules.find(({ selector: { fwmark, not } }) => {
      if (fwmark === undefined || not === true || fwmark.mask === FULL_MASK) return false;
      return (fwmark.value & fwmark.mask) !== 0 && ((fwmark.value ^ value) & fwmark.mask) === 0;
    });
    if (rule !== undefined) {
      const router = programs.find(({ mask, whole }) => !whole && mask === rule.selector.fwmark?.mask);
      return [{ kind: 'taken', program, value, rule, ...(router === undefined ? {} : { router }) }];
    }
  }
  return machine.given.policyRules.size > 0 ? [] : takenByRouter(programs, program, values);
}

/** Without policy rules: any value within a router's mask may be one of its uplinks, or its blackhole. */
function takenByRouter(
  programs: readonly Program[],
  program: Program,
  values: readonly number[],
): readonly Overlap[] {
  const routers = programs.filter(({ name }) => ROUTERS.some((one) => one.name === name));
  for (const router of routers) {
    const value = values.find((one) => (one & router.mask) !== 0);
    if (value !== undefined) return [{ kind: 'taken', program, value, router }];
  }
  return [];
}

/** Every mark the later rule asks for is one of the earlier's, which looks elsewhere and asks for nothing else. */
function shadowed({ state }: Machine): readonly Overlap[] {
  const marked = state.policyRules
    .filter(
      ({ selector, action }) =>
        selector.fwmark !== undefined && selector.not !== true && action.kind === 'lookup',
    )
    .sort((a, b) => a.priority - b.priority);
  return marked.flatMap((rule, at): readonly Overlap[] => {
    const by = marked.slice(0, at).find((earlier) => takesAll(earlier, rule));
    return by === undefined ? [] : [{ kind: 'shadowed', rule, by }];
  });
}

function takesAll(earlier: PolicyRule, later: PolicyRule): boolean {
  const [a, b] = [earlier.selector.fwmark, later.selector.fwmark];
  if (a === undefined || b === undefined || earlier.family !== later.family) return false;
  if (earlier.priority === later.priority || a.mask === 0) return false;
  if (a.mask === b.mask || (a.mask & ~b.mask) !== 0 || ((a.value ^ b.value) & a.mask) !== 0) return false;
  if (Object.keys(earlier.selector).length > 1) return false;
  const [first, second] = [earlier.action, later.action];
  if (first.kind !== 'lookup' || second.kind !== 'lookup') return false;
  return first.table !== second.table && first.suppressPrefixLength === undefined;
}
