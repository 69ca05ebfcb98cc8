import { type Address, devicesOf, type Route } from '../../kernel/routing.ts';
import type { KernelState } from '../../kernel/state.ts';
import { addressBits, type Family } from '../../net/family.ts';
import type { Flow } from '../../trace/flow.ts';
import { traceFlow } from '../../trace/trace-flow.ts';
import type { Check } from '../check.ts';
import { priorityForRule } from '../cures/free-numbers.ts';
import { addressOn, cureText, tableOfWan } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { flowWithMark } from '../flow/flow-with-mark.ts';
import { shown } from '../flow/shown-flow.ts';
import type { Machine } from '../machine.ts';
import { farHost } from '../marks/flows-to-rule.ts';
import { spanOr } from '../marks/rule-words.ts';
import { defaultRoutes } from '../routes/interfaces.ts';
import { ipCommand, tableName } from '../routes/ip-command.ts';
import { hasFamilies } from '../routes/marked-lookups.ts';
import { relevantState } from '../routes/relevant-state.ts';
import { sufferingFlow } from '../routes/suffering-flow.ts';
import { ownAddress, type TracedWay } from '../routes/traced-flows.ts';

const ROUTES = `default proto static
\tnexthop via 192.0.2.1 dev wan0 weight 1
\tnexthop via 198.51.100.1 dev wan1 weight 1
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
`;
const TABLES = `default via 192.0.2.1 dev wan0 table 101
default via 198.51.100.1 dev wan1 table 102
`;

export const defaultByTwoWans: Check = {
  id: 'default-by-two-wans',
  severity: 'error',
  lacks: true,
  summary: 'a default route by two uplinks, and nothing that keeps a connection on its own',
  why: [
    'A default with two hops is chosen by a hash of the addresses, for each direction anew: the answer to a stranger who called the address of one WAN may leave by the other, with an address that this provider does not let out. (Since 6.16 the kernel lets what it sends itself follow its IPv4 source address.)',
    "Policy rules from each WAN's own address to its table, or connection marks, keep answers where the call came in. Found by following such calls there and back.",
    'Two default routes of the same metric in one IPv4 table are no shared one: what is forwarded takes the one that was added first, and what the machine sends takes their gateways in turn, packet by packet, while the first is not known to answer. Give the other a higher metric where it is meant as a fallback.',
  ],
  bad: {
    files: { 'rules.txt': '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n', 'routes.txt': ROUTES },
  },
  good: {
    files: {
      'rules.txt':
        '0:\tfrom all lookup local\n100:\tfrom 192.0.2.2 lookup 101\n101:\tfrom 198.51.100.2 lookup 102\n32766:\tfrom all lookup main\n',
      'routes.txt': `${ROUTES}${TABLES}`,
    },
  },
  run: (machine) =>
    hasFamilies(machine).flatMap((family) => {
      const defaults = defaultRoutes(machine, family);
      return [
        ...defaults.flatMap((route) => sharedByHash(machine, route)),
        ...defaults.flatMap((route, at) => secondOfOneMetric(machine, route, defaults.slice(0, at))),
      ];
    }),
};

/** A default with hops on several interfaces, where an answer leaves by another than the call came in. */
function sharedByHash(machine: Machine, route: Route): readonly Finding[] {
  const devices = [...new Set(devicesOf(route))];
  if (devices.length < 2) return [];
  for (const device of devices) {
    const way = strayAnswer(machine, route.family, device);
    if (way === undefined) continue;
    const reply = way.path.packets.find(({ name }) => name === 'R');
    const exit = reply?.disposition.kind === 'routed' ? reply.disposition.interface : 'another';
    const source = way.flow.destination;
    return [
      {
        check: defaultByTwoWans.id,
        severity: 'error',
        message: `the default of table ${tableName(machine, route.table)} is shared by ${devices.join(' and ')}: answers from ${source}, called by ${device}, may leave by ${exit}`,
        span: spanOr(machine, route.span),
        path: [{ ...(route.span === undefined ? {} : { span: route.span }), rule: words(machine, route) }],
        flow: sufferingFlow(machine, way.flow, way.path),
        cure: tablesFor(machine, route.family, devices),
        ...(route.family === 'ipv4' && !kernelKnown(machine) ? { assumed: [OLDER] } : {}),
        key: `${route.family} ${route.table} ${devices.join(' ')}`,
      },
    ];
  }
  return [];
}

const OLDER = 'the kernel is older than 6.16, which lets an IPv4 answer follow its source address';

function kernelKnown({ state }: Machine): boolean {
  return state.sysctls.some(({ key }) => key === 'kernel.osrelease');
}

function strayAnswer(machine: Machine, family: Family, device: string): TracedWay | undefined {
  const own = ownAddress(machine, family, device);
  if (own === undefined) return undefined;
  const flow: Flow = {
    family,
    in: device,
    source: farHost(machine, family),
    destination: own,
    protocol: 'tcp',
  };
  const trace = traceFlow(withAddresses(relevantState(machine.state)), flow, { packets: ['P1', 'R'] });
  if (typeof trace === 'string') return undefined;
  const path = trace.paths.find(({ packets }) => {
    const reply = packets.find(({ name }) => name === 'R')?.disposition;
    return reply?.kind === 'routed' && reply.interface !== device;
  });
  return path === undefined ? undefined : { flow, path };
}

/** Connected routes tell the addresses where those are not listed: the kernel chooses a hop by them. */
function withAddresses(state: KernelState): KernelState {
  if (state.addresses.length > 0) return state;
  const addresses = state.routes.flatMap(({ family, destination, source, hops }): readonly Address[] => {
    const device = hops[0]?.device;
    if (source === undefined || device === undefined || destination.length === 0) return [];
    if (destination.length === addressBits(family)) return [];
    return [{ device, family, address: source, length: destination.length, scope: 0 }];
  });
  return { ...state, addresses };
}

/**
 * The second of one metric, which nothing that is forwarded uses; with IPv6 the kernel makes one route of them, or goes by
 * what the routers advertised.
 */
function secondOfOneMetric(machine: Machine, route: Route, before: readonly Route[]): readonly Finding[] {
  if (route.family === 'ipv6') return [];
  const first = before.find(
    (one) =>
      one.table === route.table &&
      one.metric === route.metric &&
      one.attributes === route.attributes &&
      deviceOf(one) !== deviceOf(route),
  );
  if (first === undefined) return [];
  return [
    {
      check: defaultByTwoWans.id,
      severity: 'warning',
      message: `a second default of metric ${route.metric} in table ${tableName(machine, route.table)}: ${useOf(first, route)}`,
      span: spanOr(machine, route.span),
      path: [first, route].map((one) => ({
        ...(one.span === undefined ? {} : { span: one.span }),
        rule: words(machine, one),
      })),
      cure: cureText('give the fallback a higher metric', [
        `ip route del ${words(machine, route)}`,
        `ip route add ${words(machine, { ...route, metric: route.metric + 100 })}`,
      ]),
      ...shown(machine, flowWithMark(machine, route.family, 0)),
      key: `${route.family} ${route.table} ${deviceOf(first)} ${deviceOf(route)} ${route.metric}`,
    },
  ];
}

/** Among gateways the kernel chooses for its own packets, each time anew (src/trace/default-gateway.ts). */
function useOf(first: Route, second: Route): string {
  const alone = `the one by ${deviceOf(first)} alone`;
  const isByGateway = ({ hops }: Route) => hops.length === 1 && hops[0]?.gateway !== undefined;
  return isByGateway(first) && isByGateway(second)
    ? `what is forwarded takes ${alone}, and what this machine sends takes turns with ${deviceOf(second)}, packet by packet`
    : `${alone} is used, and ${deviceOf(second)} never`;
}

function deviceOf({ hops }: Route): string {
  return hops.map(({ device }) => device ?? '?').join(' ');
}

function words(machine: Machine, { hops, table, metric }: Route): string {
  const hop = ({ gateway, device }: Route['hops'][number]) =>
    [gateway === undefined ? '' : `via ${gateway}`, `dev ${device}`].filter((word) => word !== '').join(' ');
  const [only] = hops;
  const way =
    hops.length === 1 && only !== undefined ? hop(only) : hops.map((one) => `nexthop ${hop(one)}`).join(' ');
  return `default ${way}${table === 254 ? '' : ` table ${tableName(machine, table)}`}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/** Each uplink's own address looks into a table of its own, which has its default alone. */
function tablesFor(machine: Machine, family: Family, devices: readonly string[]): string {
  const taken: number[] = [];
  const lines: string[] = [];
  const notes: string[] = [];
  // Behind what is there already for marks and sources, and before main, whose default is the shared one.
  let priority = FIRST_PRIORITY - 1;
  for (const device of devices) {
    const way = tableOfWan(machine, family, device, taken);
    const own = addressOn(machine, family, device);
    taken.push(way.table);
    priority = priorityForRule(machine.state, family, priority);
    const rule = `${ipCommand(family)} rule add from ${own.address} lookup ${tableName(machine, way.table)} priority ${priority}`;
    lines.push(...way.lines, rule);
    notes.push(...way.notes, ...own.notes);
  }
  return cureText('a table for each WAN, in which its own address looks', lines, notes);
}

const FIRST_PRIORITY = 100;
