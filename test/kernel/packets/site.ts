import type { Frontend } from './router-lab.ts';
import { OTHER_CLIENT, SERVER } from './topology.ts';

export interface SiteChoice {
  readonly weights?: readonly [number, number];
  readonly profiles?: readonly string[];
  readonly steering?: readonly string[];
}

/** First match wins; each line has a test that sends its flow. */
export const STEERING: readonly string[] = [
  '{ name: router-user, in: router, uid: 1500, policy: by-lte }',
  `{ name: by-source, source: [${OTHER_CLIENT[0]}, "${OTHER_CLIENT[1]}"], policy: by-cable }`,
  '{ name: by-port, protocol: tcp, destination_port: [25, "8000-8100"], policy: by-lte }',
  '{ name: by-source-port, protocol: udp, source_port: 5060, policy: by-cable }',
  '{ name: by-no-port, protocol: udp, dscp: 10, source_port: "!5062", destination_port: "!7004", policy: by-lte }',
  '{ name: by-both-ports, protocol: [tcp, udp], source_port: 5063, destination_port: 7005, policy: by-lte }',
  '{ name: by-protocol, protocol: icmp, policy: by-lte }',
  '{ name: by-interface, in: lan1, policy: by-fiber }',
  '{ name: by-dscp, dscp: 46, policy: by-lte }',
  '{ name: by-mac, mac: "02:00:00:00:00:99", policy: by-cable }',
  '{ name: by-negation, destination: ["!203.0.113.0/25", "!2001:db8:f::/64"], policy: by-cable }',
  '{ name: silent, protocol: tcp, destination_port: 7001, policy: lte-or-nothing }',
  '{ name: refused, protocol: tcp, destination_port: 7002, policy: lte-or-refusal }',
  '{ name: main, protocol: tcp, destination_port: 7003, policy: lte-or-main }',
  '{ name: rest, policy: balanced }',
];

/** The last resort rules stand behind the others: their ports are nobody else's. */
const POLICIES: readonly string[] = [
  'by-fiber: { members: [{ wan: fiber }] }',
  'by-cable: { members: [{ wan: cable }] }',
  'by-lte: { members: [{ wan: lte }] }',
  'lte-or-nothing: { members: [{ wan: lte }], last_resort: blackhole }',
  'lte-or-refusal: { members: [{ wan: lte }], last_resort: unreachable }',
  'lte-or-main: { members: [{ wan: lte }], last_resort: main }',
];

export function siteFiles(frontend: Frontend, choice: SiteChoice = {}): Readonly<Record<string, string>> {
  const [fiber, cable] = choice.weights ?? [3, 1];
  const balanced = `balanced: { members: [{ wan: fiber, weight: ${fiber} }, { wan: cable, weight: ${cable} }] }`;
  const lines = [
    'version: 1',
    `backend: ${frontend === 'nftables' ? 'nftables' : 'iptables'}`,
    'lan: [lan0, lan1]',
    `profiles: [${(choice.profiles ?? ['fiber', 'cable', 'lte']).map((name) => `${name}.yaml`).join(', ')}]`,
    'local_traffic: by-cable',
    'notrack: [{ protocol: udp, port: 40427 }]',
    'policies:',
    ...[balanced, ...POLICIES].map((line) => `  ${line}`),
    ...(choice.steering?.length === 0 ? [] : ['steering:']),
    ...(choice.steering ?? STEERING).map((line) => `  - ${line}`),
  ];
  return {
    'polywan.yaml': `${lines.join('\n')}\n`,
    'fiber.yaml': profile('fiber', 'wan0', 'auto', 2201),
    'cable.yaml': profile('cable', 'wan1', 'auto', 2202),
    'lte.yaml': profile('lte', 'ppp0', 'none', 2203),
  };
}

/** Every WAN forwards a port of its own to the server, per family and protocol. */
export function profile(name: string, device: string, gateway: string, port: number): string {
  return `name: ${name}
interface: ${device}
gateway: ${gateway}
families: both
masquerade: yes
port_forwards:
  - { protocol: tcp, port: ${port}, to: "${SERVER[0]}:22" }
  - { protocol: tcp, port: ${port}, to: "[${SERVER[1]}]:22" }
  - { protocol: udp, port: ${port}, to: "${SERVER[0]}:23" }
`;
}
