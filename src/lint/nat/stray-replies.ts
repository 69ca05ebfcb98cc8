import { FAMILIES, type Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import type { TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { basesOf, familiesOf } from '../all-rules.ts';
import { isAmong } from '../flow/mark-exits.ts';
import { withAddresses } from '../flow/with-addresses.ts';
import type { Machine } from '../machine.ts';
import { forwardFlows } from './forward-flows.ts';
import { ruleOf } from './rule-of.ts';
import { type NatRule, natRules } from './source-rules.ts';

/** Forwards that let connections in by one uplink, and whose replies leave by another. */
export interface StrayReplies {
  readonly family: Family;
  readonly wan: string;
  /** The other uplinks that its replies leave by. */
  readonly leavesBy: readonly string[];
  readonly rules: readonly [NatRule, ...NatRule[]];
  readonly flow: Flow;
  readonly path: TracePath;
}

/** What routes the replies is the same for most forwards: so many are followed, the others say the same again. */
const MOST_FOLLOWED = 24;

export function strayReplies(machine: Machine): readonly StrayReplies[] {
  return FAMILIES.flatMap((family) => ofFamily(machine, family));
}

function ofFamily(read: Machine, family: Family): readonly StrayReplies[] {
  const { given, roles } = read;
  // Without routes nobody can say where replies go.
  if (!given.routes.has(family) || roles.wans.length < 2) return [];
  const state = withAddresses(read.state, family);
  const machine = { ...read, state };
  const forwards = natRules(state).filter((rule) => isForward(rule, family));
  const found = new Map<string, StrayReplies>();
  for (const wan of roles.wans) {
    let followed = 0;
    for (const forward of forwards) {
      if (followed >= MOST_FOLLOWED) break;
      const flows = forwardFlows(machine, forward.rule, family, wan);
      followed += flows.length;
      const strays = flows.flatMap((flow) => follow(machine, forward, flow, wan) ?? []);
      for (const stray of strays) {
        const key = `${wan} ${stray.leavesBy.join(' ')}`;
        const known = found.get(key);
        if (known === undefined) found.set(key, stray);
        else if (known.rules.at(-1) !== forward)
          found.set(key, { ...known, rules: [...known.rules, forward] });
      }
    }
  }
  return [...found.values()];
}

function isForward({ nat, table, chain }: NatRule, family: Family): boolean {
  if (nat.type !== 'dnat' || !familiesOf(table).includes(family)) return false;
  return (basesOf(table).get(chain.name) ?? []).some(({ hook }) => hook === 'prerouting');
}

/** Only where it is certain: on every way on which the forward takes place the reply goes astray. */
function follow(machine: Machine, forward: NatRule, flow: Flow, wan: string): StrayReplies | undefined {
  const trace = traceFlow(machine.state, flow, { packets: ['P1', 'R'] });
  if (typeof trace === 'string') return undefined;
  const forwarded = trace.paths.filter((path) => isForwardedBy(machine, path, forward));
  const exits = forwarded.map((path) => exitOfReply(path));
  const astray = exits.flatMap((exit) => (isAnotherWan(machine, exit, wan) ? exit : []));
  const [path] = forwarded;
  if (path === undefined || astray.length < exits.length) return undefined;
  const leavesBy = [...new Set(astray)].sort();
  return { family: flow.family, wan, leavesBy, rules: [forward], flow, path };
}

function isAnotherWan({ roles }: Machine, exit: string | undefined, wan: string): exit is string {
  return exit !== undefined && !isAmong(exit, [wan]) && isAmong(exit, roles.wans);
}

function isForwardedBy({ state, roles }: Machine, { packets }: TracePath, forward: NatRule): boolean {
  const [first] = packets;
  if (first?.disposition.kind !== 'routed' || isAmong(first.disposition.interface, roles.wans)) return false;
  return first.steps.some(
    (step) => step.kind === 'rule' && step.verdict === 'dnat' && ruleOf(state, step.rule) === forward.rule,
  );
}

function exitOfReply({ packets }: TracePath): string | undefined {
  const reply = packets.find(({ name }) => name === 'R');
  return reply?.disposition.kind === 'routed' ? reply.disposition.interface : undefined;
}
