import type { Rule } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import { basesOfRule } from './all-rules.ts';
import { askedInterfaces } from './asked-interfaces.ts';
import { markUses } from './marks/mark-uses.ts';

/** How rules mark what comes in by one interface. */
interface Marked {
  /** Every mark that some of it gets. */
  readonly values: Set<number>;
  /** Marks that all of it gets. */
  readonly whole: Set<number>;
  /** Some is told apart by its source. */
  bySource: boolean;
  /** Connections are marked at once, as only uplinks' are. */
  atOnce: boolean;
}

export interface MarkedDevices {
  readonly devices: readonly string[];
  /** Those of them whose packets alone are marked: so hosts inside are steered as well. */
  readonly either: ReadonlySet<string>;
  /** How many different marks anything that comes in gets. */
  readonly marks: number;
}

/**
 * Interfaces of which all that comes in gets one mark or connmark, which nothing else that comes in gets: as uplinks
 * are marked, so that replies find back. Where the mark depends on the source, or several are given, hosts are steered.
 */
export function markedDevices(state: KernelState): MarkedDevices {
  const marks = new Set<number>();
  const devices = new Map<string, Marked>();
  const owners = new Map<number, number>();
  for (const { at, word, constants = [], copied } of markUses(state).writes) {
    const [value] = constants;
    if (value === undefined || value === 0 || constants.length > 1 || copied !== 0) continue;
    if (!basesOfRule(at).some(({ hook }) => hook === 'prerouting')) continue;
    marks.add(value);
    const names = askedInterfaces(at.rule, 'iifname').flatMap(({ name, not }) => (not ? [] : [name]));
    if (names.length === 0) continue;
    const isWhole = !at.rule.statements.some(asksMore);
    for (const name of names) {
      const marked = devices.get(name) ?? {
        values: new Set(),
        whole: new Set(),
        bySource: false,
        atOnce: false,
      };
      devices.set(name, marked);
      marked.values.add(value);
      marked.atOnce ||= word === 'connection';
      marked.bySource ||= at.rule.statements.some(asksSource);
      if (!isWhole || marked.whole.has(value)) continue;
      marked.whole.add(value);
      owners.set(value, (owners.get(value) ?? 0) + 1);
    }
  }
  const own = [...devices].flatMap(([name, { values, whole, bySource }]) => {
    const [mark] = whole;
    const isOwn = mark !== undefined && values.size === 1 && owners.get(mark) === 1;
    return isOwn && !bySource ? [name] : [];
  });
  const either = new Set(own.filter((name) => devices.get(name)?.atOnce === false));
  return { devices: own, either, marks: marks.size };
}

function asksSource(statement: Rule['statements'][number]): boolean {
  return statement.kind === 'match' && statement.left.kind === 'payload' && statement.left.field === 'saddr';
}

/** Anything but the interface, the connection's state and marks. */
function asksMore(statement: Rule['statements'][number]): boolean {
  if (statement.kind === 'unknown-match') return true;
  if (statement.kind !== 'match') return false;
  const { left } = statement;
  const base = left.kind === 'binary' ? left.left : left;
  if (base.kind === 'meta') return !/^(?:iif|iifname|mark)$/.test(base.key);
  return base.kind !== 'ct';
}
