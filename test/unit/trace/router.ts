import { TableNames } from '../../../src/codec/ip-names.ts';
import { readPolicyRuleText } from '../../../src/codec/ip-rule-text.ts';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import type { Table } from '../../../src/kernel/netfilter.ts';
import type { PolicyRule, Route } from '../../../src/kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../../src/kernel/state.ts';
import type { Family } from '../../../src/net/family.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import type { PacketName, PacketTrace, Trace } from '../../../src/trace/trace.ts';
import { type TraceOptions, traceFlow } from '../../../src/trace/trace-flow.ts';

/** A router with a LAN and two WANs, as the tests of trace know it. */

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`no prefix: ${text}`);
  return parsed;
}

/** `192.0.2.0/24 dev wan0 table 30`, `default via 198.51.100.1 dev wan0`, `unreachable default table 7`. */
export function route(text: string): Route {
  const words = text.split(' ');
  const type = /^(?:unreachable|blackhole|prohibit|throw|local|broadcast)$/.test(words[0] ?? '')
    ? (words.shift() as Route['type'])
    : 'unicast';
  const to = words.shift() ?? '';
  const after = (name: string) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const family: Family = text.includes('::') ? 'ipv6' : 'ipv4';
  const gateway = after('via');
  const device = after('dev');
  const source = after('src');
  const hops: Route['hops'] = text.includes('nexthop')
    ? text
        .split('nexthop ')
        .slice(1)
        .map((hop) => {
          const [, via = '', , dev = '', , weight = '1'] = hop.trim().split(' ');
          return { gateway: via, device: dev, weight: Number(weight) };
        })
    : device === undefined
      ? []
      : [{ device, ...(gateway === undefined ? {} : { gateway }) }];
  return {
    family,
    table: Number(after('table') ?? 254),
    type,
    destination: prefix(to === 'default' ? (family === 'ipv4' ? '0.0.0.0/0' : '::/0') : to),
    metric: Number(after('metric') ?? 0),
    protocol: 4,
    scope: gateway === undefined && hops.length < 2 ? 253 : 0,
    ...(source === undefined ? {} : { source }),
    hops,
  };
}

/** `100: from 192.0.2.0/24 fwmark 0x1/0xff lookup 30`, as `ip rule` prints it. */
export function policyRule(text: string): PolicyRule {
  const [rule] = readPolicyRuleText('ipv4', text, 'rules', new TableNames()).policyRules;
  if (rule === undefined) throw new Error(`no policy rule: ${text}`);
  return rule;
}

const OWN_RULES = ['0: lookup 255', '32766: lookup 254', '32767: lookup 253'];

export interface RouterParts {
  readonly iptables?: string;
  readonly legacy?: string;
  readonly tables?: readonly Table[];
  readonly rules?: readonly string[];
  readonly routes?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly ipsets?: KernelState['ipsets'];
}

/** wan0 is 198.51.100.2, wan1 is 203.0.113.2, the LAN is 192.168.1.0/24; main's default is by wan0. */
export function router(parts: RouterParts = {}): KernelState {
  const address = (device: string, text: string) => {
    const { address: host, length } = prefix(text);
    return { device, family: 'ipv4' as const, address: host, length, scope: 0 };
  };
  const link = (name: string, index: number) => ({
    index,
    name,
    up: true,
    carrier: true,
    mtu: 1500,
    pointToPoint: false,
  });
  return {
    ...EMPTY_STATE,
    links: ['lo', 'lan0', 'wan0', 'wan1'].map((name, at) => link(name, at + 1)),
    addresses: [
      { ...address('lo', '127.0.0.1/8'), scope: 254 },
      address('lan0', '192.168.1.1/24'),
      address('wan0', '198.51.100.2/24'),
      address('wan1', '203.0.113.2/24'),
    ],
    policyRules: [...OWN_RULES, ...(parts.rules ?? [])].map(policyRule),
    routes: [
      'default via 198.51.100.1 dev wan0',
      '192.168.1.0/24 dev lan0 src 192.168.1.1',
      '198.51.100.0/24 dev wan0 src 198.51.100.2',
      '203.0.113.0/24 dev wan1 src 203.0.113.2',
      ...(parts.routes ?? []),
    ].map(route),
    tables: [
      ...(parts.tables ?? []),
      ...iptables(parts.iptables, 'iptables-nft'),
      ...iptables(parts.legacy, 'iptables-legacy'),
    ],
    ipsets: parts.ipsets ?? [],
    sysctls: Object.entries({
      'net.ipv4.ip_forward': '1',
      'net.ipv4.conf.all.rp_filter': '0',
      'net.ipv4.conf.default.rp_filter': '0',
      ...parts.sysctls,
    }).map(([key, value]) => ({ key, value })),
  };
}

export function iptables(
  text: string | undefined,
  frontend: 'iptables-nft' | 'iptables-legacy',
  family: 'ip' | 'ip6' = 'ip',
): readonly Table[] {
  if (text === undefined) return [];
  const read = readIptablesSave(text, { family, frontend, file: 'rules.v4' });
  if (read.problems.length > 0) throw new Error(JSON.stringify(read.problems));
  return read.tables;
}

/** A connection of a LAN host with a server outside. */
export const LAN_FLOW: Flow = {
  family: 'ipv4',
  in: 'lan0',
  source: '192.168.1.10',
  destination: '192.0.2.9',
  protocol: 'tcp',
  sourcePort: 40000,
  destinationPort: 443,
  dscp: 0,
};

export function trace(state: KernelState, flow: Flow, options: TraceOptions = {}): Trace {
  const result = traceFlow(state, flow, options);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

/** The packet of the only way there is. */
export function packetOf({ paths }: Trace, name: PacketName): PacketTrace {
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) throw new Error(`${paths.length} ways`);
  const packet = path.packets.find((each) => each.name === name);
  if (packet === undefined) throw new Error(`no ${name}`);
  return packet;
}

/** `wan0`, `local`, `dropped` … of each packet. */
export function exits(result: Trace): readonly string[] {
  const [path] = result.paths;
  return (path?.packets ?? []).map(({ name, disposition }) =>
    disposition.kind === 'routed' ? `${name} ${disposition.interface}` : `${name} ${disposition.kind}`,
  );
}
