import type { Frontend } from '../packets/router-lab.ts';

/** Hosts of the internet that answer pings; each WAN has its own. */
export const TARGETS = { fiber: '203.0.113.101', cable: '203.0.113.102', lte: '203.0.113.103' } as const;

export interface MonitorSiteChoice {
  /** More lines of the policy that everything but port 8000 takes. */
  readonly policy?: string;
  readonly health?: string;
  /** Beside the ping, in every profile. */
  readonly probes?: string;
  /** The gateway is asked as well, where there is one. */
  readonly arp?: true;
  readonly metered?: boolean;
}

/** Silence counts only after three seconds: what a child tells comes first, also where it is held up. */
export const SLOW_TO_FALL =
  '{ interval: 100ms, timeout: 500ms, fall: 30, rise: 3, window: 5s, damping: off }';

/**
 * Everything goes by fiber, and by cable when that fails; port 8000 goes by cable, and by lte when that fails. Thresholds are
 * short, since a test waits for each.
 */
export function monitorSite(
  frontend: Frontend,
  choice: MonitorSiteChoice = {},
): Readonly<Record<string, string>> {
  const site = `version: 1
backend: ${frontend === 'nftables' ? 'nftables' : 'iptables'}
lan: [lan0, lan1]
profiles: [fiber.yaml, cable.yaml, lte.yaml]
local_traffic: all
policies:
  all: { members: [{ wan: fiber }, { wan: cable, tier: 2 }], failback_after: 1s${choice.policy ?? ''} }
  web: { members: [{ wan: cable }, { wan: lte, tier: 2 }], failback_after: 1s }
steering:
  - { name: web, protocol: tcp, destination_port: 8000, policy: web }
  - { name: rest, policy: all }
`;
  return {
    'polywan.yaml': site,
    'fiber.yaml': profile('fiber', 'wan0', 'auto', choice),
    'cable.yaml': profile('cable', 'wan1', 'auto', choice),
    'lte.yaml': profile('lte', 'ppp0', 'none', choice),
  };
}

function profile(
  name: keyof typeof TARGETS,
  device: string,
  gateway: string,
  { health, probes = '', arp }: MonitorSiteChoice,
): string {
  const asked = arp === true && gateway !== 'none' ? ', { arp: true }' : '';
  return `name: ${name}
interface: ${device}
gateway: ${gateway}
families: both
masquerade: yes
probes: [{ ping: ${TARGETS[name]} }${probes}${asked}]
health: ${health ?? '{ interval: 100ms, timeout: 500ms, fall: 3, rise: 3, window: 5s, damping: off }'}
`;
}
