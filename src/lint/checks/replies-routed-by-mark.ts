import type { PolicyRule } from '../../kernel/routing.ts';
import { policyRuleWords } from '../../kernel/routing-words.ts';
import { addressBits } from '../../net/family.ts';
import { parseAddress, prefixContains } from '../../net/prefix.ts';
import type { PacketTrace, TracePath, TriedRule } from '../../trace/trace.ts';
import type { Check } from '../check.ts';
import { freePriorityBefore, priorityForRule } from '../cures/free-numbers.ts';
import { moveLines } from '../cures/replace-rule.ts';
import { cureText } from '../cures/way-out.ts';
import type { Finding } from '../finding.ts';
import { isDestroyed, routedMark } from '../flow/packet-facts.ts';
import type { Machine } from '../machine.ts';
import { policyRuleStep, spanOr } from '../marks/rule-words.ts';
import { insideNames, isConnected, outsideNames } from '../routes/interfaces.ts';
import { ipCommand } from '../routes/ip-command.ts';
import { sufferingFlow } from '../routes/suffering-flow.ts';
import { lastRoute, type TracedWay, tracedWays } from '../routes/traced-flows.ts';

const SAVED = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
-A PREROUTING -i lan0 -m mark --mark 0x0/0xff -j MARK --set-xmark 0x1/0xff
-A PREROUTING -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o wan0 -j MASQUERADE
-A POSTROUTING -o wan1 -j MASQUERADE
COMMIT
`;
const RULES = `0:\tfrom all lookup local
90:\tfrom all lookup main suppress_prefixlength 0
100:\tfrom all fwmark 0x1/0xff lookup 101
200:\tfrom all fwmark 0x1/0xff unreachable
32766:\tfrom all lookup main
`;
const ROUTES = `default via 192.0.2.1 dev wan0
192.0.2.0/24 dev wan0 proto kernel scope link src 192.0.2.2
198.51.100.0/24 dev wan1 proto kernel scope link src 198.51.100.2
192.168.1.0/24 dev lan0 proto kernel scope link src 192.168.1.1
default via 198.51.100.1 dev wan1 table 101
`;

export const repliesRoutedByMark: Check = {
  id: 'replies-routed-by-mark',
  severity: 'error',
  lacks: true,
  summary: 'replies carry the restored mark and are routed outside again',
  why: [
    'A restored mark routes both directions. When the marked table has only a default route, the reply to a client inside is looked up there as well, and leaves by the WAN it came from; so do later packets of a forwarded port.',
    'The cure is a policy rule before those with marks: `lookup main suppress_prefixlength 0`. It lets every specific route of main win and passes over its default. Restoring the mark only in the direction that needs it does as well.',
    'Found by following connections from inside and through forwarded ports, there and back.',
  ],
  bad: { files: { 'rules.v4': SAVED, 'rules.txt': RULES.replace(/^90:.*\n/m, ''), 'routes.txt': ROUTES } },
  good: { files: { 'rules.v4': SAVED, 'rules.txt': RULES, 'routes.txt': ROUTES } },
  run: (machine) => {
    const found = new Map<string, Finding>();
    for (const way of tracedWays(machine)) {
      const astray = packetAstray(machine, way);
      const rule = astray === undefined ? undefined : lastRoute(astray)?.tried.at(-1)?.rule;
      if (astray === undefined || rule?.selector.fwmark === undefined) continue;
      const finding = report(machine, way, astray, rule);
      if (!found.has(finding.key)) found.set(finding.key, finding);
    }
    return [...found.values()];
  },
};

/** A packet that is to go inside and is routed outside by its mark. */
function packetAstray(machine: Machine, { flow, path }: TracedWay): PacketTrace | undefined {
  const outside = new Set(outsideNames(machine, flow.family));
  const inside = new Set(insideNames(machine, flow.family));
  const [first, ...later] = whileConnected(path);
  const goesOut = (packet: PacketTrace) => {
    const { disposition } = packet;
    if (disposition.kind === 'routed') return outside.has(disposition.interface);
    // It may be dropped only after it was routed there (kernel-facts 6.1).
    const result = lastRoute(packet)?.result;
    return disposition.kind === 'dropped' && result?.kind === 'unicast' && outside.has(result.device);
  };
  if (first?.disposition.kind !== 'routed' || flow.in === undefined) return undefined;
  const { interface: exit, destination } = first.disposition;
  if (inside.has(flow.in) && outside.has(exit))
    return later.find((packet) => packet.name === 'R' && goesOut(packet));
  if (!outside.has(flow.in)) return undefined;
  // Forwarded inside, and yet on its way out.
  if (outside.has(exit)) return isInside(machine, destination, inside) ? first : undefined;
  if (!inside.has(exit)) return undefined;
  return later.find((packet) => (packet.name === 'P1b' || packet.name === 'P3') && goesOut(packet));
}

/** The packets up to the one with which the connection is forgotten: what comes then is no reply to it any more. */
function whileConnected({ packets }: TracePath): readonly PacketTrace[] {
  const last = packets.findIndex(isDestroyed);
  return last === -1 ? packets : packets.slice(0, last + 1);
}

/** The destination, perhaps with its port, is in a network behind one of the interfaces. */
function isInside({ state }: Machine, destination: string, inside: ReadonlySet<string>): boolean {
  const host = parseAddress(
    /^\[(.*)\]/.exec(destination)?.[1] ?? destination.replace(/^([\d.]+):\d+$/, '$1'),
  );
  if (host === undefined) return false;
  const one = { ...host, length: addressBits(host.family) };
  return state.routes.some(
    (route) =>
      isConnected(route) &&
      inside.has(route.hops[0]?.device ?? '') &&
      route.family === host.family &&
      prefixContains(route.destination, one),
  );
}

function report(machine: Machine, { flow, path }: TracedWay, astray: PacketTrace, rule: PolicyRule): Finding {
  const result = lastRoute(astray)?.result;
  const device = result?.kind === 'unicast' ? result.device : 'the WAN';
  const what =
    astray.name === 'R'
      ? `replies to clients behind ${flow.in}`
      : `packets of a port forwarded from ${flow.in}`;
  return {
    check: repliesRoutedByMark.id,
    severity: 'error',
    message: isMarked(astray, rule)
      ? `${what} carry the restored mark, and this policy rule sends them out by ${device} again`
      : `this policy rule sends ${what} out by ${device} again`,
    span: spanOr(machine, rule.span),
    path: [policyRuleStep(machine, rule, `sends ${astray.name} out by ${device}`)],
    flow: sufferingFlow(machine, flow, path),
    cure: mainBefore(machine, rule, lastRoute(astray)?.tried ?? []),
    key: `${rule.family} ${policyRuleWords(rule)}`,
  };
}

/** A rule for all but one mark takes what has none. */
function isMarked(astray: PacketTrace, { selector }: PolicyRule): boolean {
  return selector.not !== true || routedMark(astray) !== 0;
}

/** Main's specific routes first; where nothing is free before the rule, it takes the rule's place. */
function mainBefore(machine: Machine, rule: PolicyRule, tried: readonly TriedRule[]): string {
  const { state } = machine;
  const ask = (priority: number) =>
    `${ipCommand(rule.family)} rule add lookup main suppress_prefixlength 0 priority ${priority}`;
  const before = freePriorityBefore(state, rule.priority);
  if (before !== undefined && before >= firstAsked(tried)) return ask(before);
  return cureText('no priority that is asked is free before this rule: move it behind', [
    ...moveLines(machine, rule, priorityForRule(state, rule.family, rule.priority)),
    ask(rule.priority),
  ]);
}

/** The packet is not asked by rules before this priority: a goto takes it there. */
function firstAsked(tried: readonly TriedRule[]): number {
  const targets = tried.flatMap(({ rule: { action, priority } }) => {
    if (action.kind !== 'goto') return [];
    const wentOn = tried.some(({ rule }) => rule.priority > priority && rule.priority < action.priority);
    return wentOn ? [] : [action.priority];
  });
  return Math.max(0, ...targets);
}
