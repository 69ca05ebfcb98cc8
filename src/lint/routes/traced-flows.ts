import type { Family } from '../../net/family.ts';
import { isLinkLocal } from '../../net/link-local.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';
import type { Flow } from '../../trace/flow.ts';
import type { PacketTrace, Trace, TracePath } from '../../trace/trace.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import { allRules, basesOfRule, familiesOf, type RuleAt } from '../all-rules.ts';
import { plainTraces } from '../flow/stories.ts';
import type { Machine } from '../machine.ts';
import { CLIENT, farHost, flowsToRule } from '../marks/flows-to-rule.ts';
import { markUses } from '../marks/mark-uses.ts';
import { insideNames, isConnected, outsideNames } from './interfaces.ts';
import { clientBehind, hasFamilies, insideClient } from './marked-lookups.ts';
import { relevantState } from './relevant-state.ts';

/** A flow that was followed, with one of its ways. */
export interface TracedWay {
  readonly flow: Flow;
  readonly path: TracePath;
}

/** Rules for which flows of their own are made: those that mark, and those that forward ports. */
const MAX_RULES = 48;

const KNOWN = new WeakMap<Machine, readonly TracedWay[]>();

/** Flows between inside, outside and this machine, each followed there, back and there again. Routes must be known. */
export function tracedWays(machine: Machine): readonly TracedWay[] {
  const known = KNOWN.get(machine);
  if (known !== undefined) return known;
  // Who is in a hurry has followed the plain ones once, where marks route. Some of those talk of hosts that are made up.
  const followed =
    machine.quick === true ? plainTraces(machine).filter(({ flow }) => isBetweenKnown(machine, flow)) : [];
  const covered = new Set(followed.map(({ flow }) => wayIn(flow.family, flow.in)));
  const flows = hasFamilies(machine).flatMap((family) => [
    ...fromInside(machine, family, covered),
    ...fromOutside(machine, family, covered),
  ]);
  const unique = new Map(flows.map((flow) => [JSON.stringify(flow), flow]));
  const traces = [...unique.values()].flatMap((flow): readonly Trace[] => {
    const trace = traceFlow(relevantState(machine.state), flow, { packets: ['P1', 'P1b', 'R', 'P3'] });
    return typeof trace === 'string' ? [] : [trace];
  });
  const ways = [...followed, ...traces].flatMap(({ flow, paths }) => paths.map((path) => ({ flow, path })));
  KNOWN.set(machine, ways);
  return ways;
}

/** From a host that is there, or to an address that the router has. */
function isBetweenKnown(machine: Machine, flow: Flow): boolean {
  const { family, in: name, destination } = flow;
  if (name === undefined) return false;
  return outsideNames(machine, family).includes(name)
    ? destination === ownAddress(machine, family, name)
    : isReached(machine, flow);
}

function wayIn(family: Family, device: string | undefined): string {
  return `${family} ${device}`;
}

/** `covered`: the ways in of plain flows that are followed already. */
function fromInside(machine: Machine, family: Family, covered: ReadonlySet<string>): readonly Flow[] {
  const client = insideClient(machine, family);
  if (client === undefined) return [];
  // In a hurry is who has made all marking rules alike: what holds for the plain flows holds for those of each.
  if (covered.has(wayIn(family, client.in))) return [];
  const setters = markUses(machine.state)
    .writes.filter(({ at }) => familiesOf(at.table).includes(family) && hooksOf(at).includes('prerouting'))
    .slice(0, MAX_RULES)
    .flatMap(({ at }) => flowsToRule(machine, at));
  const inside = new Set(insideNames(machine, family));
  const wished = setters
    .filter((flow) => flow.family === family && flow.in !== undefined && inside.has(flow.in))
    .map((flow) => fromClient(machine, flow))
    .filter((flow) => isReached(machine, flow));
  return [
    ...['tcp', 'udp'].map(
      (protocol): Flow => ({ family, ...client, destination: farHost(machine, family), protocol }),
    ),
    ...wished,
  ];
}

/** Where the rule asks for no source, it is a host of the network on the interface. */
function fromClient(machine: Machine, flow: Flow): Flow {
  const { family, source, in: name } = flow;
  if (source !== CLIENT[family] || name === undefined) return flow;
  return { ...flow, source: clientBehind(machine, family, name) ?? source };
}

/** Whether a route, and not only a default, leads back to where the flow comes from: nobody else is there. */
function isReached({ state }: Machine, { family, source = '', in: name }: Flow): boolean {
  const host = parsePrefix(source);
  return (
    host !== undefined &&
    state.routes.some(
      (route) =>
        route.family === family &&
        route.destination.length > 0 &&
        route.hops.some(({ device }) => device === name) &&
        prefixContains(route.destination, host),
    )
  );
}

/** Strangers that call this machine and what it forwards inside. */
function fromOutside(machine: Machine, family: Family, covered: ReadonlySet<string>): readonly Flow[] {
  const forwards = [...allRules(machine.state.tables)]
    .filter(({ rule }) => rule.statements.some((one) => one.kind === 'nat' && one.type === 'dnat'))
    .slice(0, MAX_RULES);
  return outsideNames(machine, family).flatMap((name) => {
    const own = ownAddress(machine, family, name);
    const called: readonly Call[] =
      own === undefined
        ? []
        : [{ family, in: name, source: farHost(machine, family), destination: own, protocol: 'tcp' }];
    const plain = covered.has(wayIn(family, name)) ? [] : called;
    return [...plain, ...called.flatMap((flow) => forwards.flatMap((at) => forwardedBy(at, flow)))];
  });
}

/** A flow that comes in from outside. */
type Call = Flow & { readonly in: string };

function forwardedBy(at: RuleAt, flow: Call): readonly Flow[] {
  if (!familiesOf(at.table).includes(flow.family)) return [];
  const port = destinationPort(at);
  const wanted = at.rule.statements.find(
    (one) =>
      one.kind === 'match' && one.operator === '==' && one.left.kind === 'meta' && one.left.key === 'iifname',
  );
  if (wanted?.kind === 'match' && wanted.right.kind === 'string' && wanted.right.value !== flow.in) return [];
  return [
    {
      ...flow,
      protocol: port?.protocol ?? 'tcp',
      ...(port === undefined ? {} : { destinationPort: port.port }),
    },
  ];
}

function destinationPort({ rule }: RuleAt): { readonly protocol: string; readonly port: number } | undefined {
  for (const one of rule.statements) {
    if (one.kind !== 'match' || one.left.kind !== 'payload' || one.left.field !== 'dport') continue;
    const value = one.right.kind === 'set' ? one.right.elements[0]?.key : one.right;
    const port = value?.kind === 'range' ? value.from : value;
    if (port?.kind === 'number')
      return { protocol: one.left.protocol === 'th' ? 'tcp' : one.left.protocol, port: port.value };
  }
  return undefined;
}

/** This machine's own address on an interface, from what is listed or from the routes it brought. */
export function ownAddress({ state }: Machine, family: Family, name: string): string | undefined {
  const listed = state.addresses.find(
    (one) => one.family === family && one.device === name && one.scope === 0,
  )?.address;
  if (listed !== undefined) return listed;
  const local = state.routes.find(
    (one) =>
      one.family === family &&
      one.type === 'local' &&
      one.hops[0]?.device === name &&
      !isLinkLocal(one.destination.address),
  );
  const connected = state.routes.find(
    (one) => one.family === family && one.hops[0]?.device === name && isConnected(one),
  );
  return local?.destination.address ?? connected?.source;
}

function hooksOf(at: RuleAt): readonly string[] {
  return basesOfRule(at).map(({ hook }) => hook);
}

/** The lookup that sent the packet on its way. */
export function lastRoute({ steps }: PacketTrace) {
  const step = steps.findLast((one) => one.kind === 'route' && one.why !== 'reverse path');
  return step?.kind === 'route' ? step.lookup : undefined;
}
