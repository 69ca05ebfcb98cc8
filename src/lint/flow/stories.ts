import type { Table } from '../../kernel/netfilter.ts';
import { FAMILIES, type Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Machine } from '../machine.ts';
import type { Defect } from './defect.ts';
import { flowDefects, Told } from './flow-defects.ts';
import { goalFlows } from './goal-flows.ts';
import { goalsOf } from './goals.ts';
import { sameRule } from './packet-facts.ts';
import { plainFlows } from './plain-flows.ts';
import { Tracer } from './tracer.ts';
import { type World, worlds } from './world.ts';

const KNOWN = new WeakMap<Machine, readonly Defect[]>();

/** What is wrong with how marks fare on this machine, found by following flows (kernel-facts 6.3). */
export function stories(machine: Machine): readonly Defect[] {
  const known = KNOWN.get(machine);
  if (known !== undefined) return known;
  const told = defectsOf(machine);
  const { otherwise } = machine.roles;
  const all = told.length > 0 || otherwise === undefined ? told : defectsOf({ ...machine, roles: otherwise });
  KNOWN.set(machine, all);
  return all;
}

function defectsOf(machine: Machine): readonly Defect[] {
  const defects = storiesOf(machine).flatMap((story) => defectsIn(machine, story));
  return defects.filter((one) => !isGraver(one, defects));
}

/** The flows every router has, followed in one of the ways its marks can be taken to route. */
interface Story {
  readonly world: World;
  readonly plain: readonly Flow[];
  readonly tracer: Tracer;
  readonly most: number;
}

/** Of those in a hurry, who have small machines: what was followed there is asked for again. */
const FOLLOWED = new WeakMap<Machine, readonly Story[]>();

function storiesOf(machine: Machine): readonly Story[] {
  const known = FOLLOWED.get(machine);
  if (known !== undefined) return known;
  const made = familiesWithMarks(machine).flatMap((family) =>
    worlds(machine, family).map((world) => followPlain(machine, world)),
  );
  if (machine.quick === true) FOLLOWED.set(machine, made);
  return made;
}

/** How the flows fare that every router has; none where marks do not route. */
export function plainTraces(machine: Machine): readonly Trace[] {
  return storiesOf(machine).flatMap(({ plain, tracer }) => plain.flatMap((flow) => tracer.whole(flow) ?? []));
}

/** What heals for one flow breaks another: the rule is told of once. */
function isGraver({ kind, rule }: Defect, all: readonly Defect[]): boolean {
  return (
    kind === 'left-unsaved' &&
    all.some((one) => one.kind === 'accept-before-save' && sameRule(one.rule, rule))
  );
}

/** IPv6 of tables that see both is followed where something is said of it alone. */
function familiesWithMarks({ state, given }: Machine): readonly Family[] {
  return FAMILIES.filter((family) => {
    const own = state.tables.some(({ family: of }) => of === (family === 'ipv4' ? 'ip' : 'ip6'));
    const both = state.tables.filter((table) => table.family === 'inet');
    const said = given.policyRules.has(family) || state.policyRules.some((rule) => rule.family === family);
    return own || (both.length > 0 && (family === 'ipv4' || said || both.some(speaksOfIpv6)));
  });
}

function speaksOfIpv6({ chains }: Table): boolean {
  return chains.some(({ rules }) =>
    rules.some(({ statements }) =>
      statements.some(
        (one) => one.kind === 'match' && one.left.kind === 'payload' && one.left.protocol === 'ip6',
      ),
    ),
  );
}

/**
 * Rules that flows pass in one world at most: passing one costs some 0.4 µs, a flow passes the chains four times, and
 * lint has a second and a half for everything.
 */
const BUDGET = 1_000_000;

const MOST_FLOWS = 400;
const FEWEST_FLOWS = 6;

function followPlain(machine: Machine, world: World): Story {
  const rules = world.state.tables.reduce(
    (sum, { chains }) => chains.reduce((count, chain) => count + chain.rules.length, sum),
    0,
  );
  const most = Math.max(FEWEST_FLOWS, Math.min(MOST_FLOWS, Math.floor(BUDGET / (4 * (rules + 1)))));
  const tracer = new Tracer(world, most);
  const plain = plainFlows(world).filter(({ protocol }) => machine.quick !== true || protocol === 'tcp');
  for (const flow of plain) tracer.whole(flow);
  return { world, plain, tracer, most };
}

function defectsIn(machine: Machine, { world, plain, tracer, most }: Story): readonly Defect[] {
  const told = new Told();
  const flows =
    machine.quick === true
      ? plain
      : [...plain, ...goalFlows(world, goalsOf(machine.state, world.family, most), tracer, most)];
  tracer.grant(most);
  const seen = new Set<string>();
  return flows.flatMap((flow) => {
    const name = JSON.stringify(flow);
    const trace = seen.has(name) ? undefined : tracer.whole(flow);
    seen.add(name);
    return trace === undefined ? [] : flowDefects(world, flow, trace, told);
  });
}
