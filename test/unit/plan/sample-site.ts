import type { Origin, Policy, Site, Wan } from '../../../src/config/site.ts';
import { EMPTY_STATE, type KernelState } from '../../../src/kernel/state.ts';
import type { PlanInput } from '../../../src/plan/plan.ts';

/** Building blocks of sites for tests of the plan: every part can be replaced. */

export const ORIGIN: Origin = {
  file: 'polywan.yaml',
  line: 1,
  span: { file: 'polywan.yaml', start: 0, end: 0 },
};

/** The first plan of a machine: no health is known, and no number was given before. */
export const FIRST_PLAN: PlanInput = { backend: 'nftables', health: {}, allocation: { slots: {} } };

export function sampleWan(name: string, changes: Partial<Wan> = {}): Wan {
  return {
    name,
    origin: ORIGIN,
    interface: `${name}0`,
    families: ['ipv4'],
    gateway: { ipv4: { kind: 'auto' }, ipv6: { kind: 'auto' } },
    table: 'auto',
    mark: 'auto',
    nat: { ipv4: { kind: 'masquerade' }, ipv6: { kind: 'none' } },
    portForwards: [],
    metered: false,
    mssClamp: false,
    probes: [],
    health: {
      intervalMs: 500,
      timeoutMs: 1000,
      fall: 4,
      rise: 10,
      quorum: 1,
      windowMs: 30_000,
      holdMs: 0,
      initial: 'unknown',
    },
    hooks: {},
    ...changes,
  };
}

export function samplePolicy(
  name: string,
  weights: Readonly<Record<string, number>>,
  changes: Partial<Policy> = {},
): Policy {
  return {
    name,
    origin: ORIGIN,
    members: Object.entries(weights).map(([wan, weight]) => ({ wan, weight, tier: 1, origin: ORIGIN })),
    lastResort: 'unreachable',
    onFailure: 'reset',
    onRecovery: 'keep',
    failbackAfterMs: 60_000,
    ...changes,
  };
}

export function sampleSite(changes: Partial<Site> = {}): Site {
  return {
    file: 'polywan.yaml',
    backend: 'auto',
    lan: ['lan0'],
    wans: [sampleWan('fiber'), sampleWan('cable')],
    markMask: 0xff000000,
    priority: 10000,
    policies: [samplePolicy('balanced', { fiber: 3, cable: 1 })],
    steering: [{ name: 'rest', origin: ORIGIN, match: {}, policy: 'balanced' }],
    portForwards: [],
    notrack: [],
    expect: [],
    hooks: {},
    origins: { site: ORIGIN, lan: ORIGIN, steering: ORIGIN, localTraffic: ORIGIN },
    ...changes,
  };
}

/** A machine on which the given interfaces are up, each with an address and a default route as DHCP leaves it. */
export function machineWith(...interfaces: readonly string[]): KernelState {
  const octet = (index: number): string => `198.51.100.${16 * index + 1}`;
  return {
    ...EMPTY_STATE,
    links: interfaces.map((name, index) => ({
      index: index + 2,
      name,
      up: true,
      carrier: true,
      mtu: 1500,
      pointToPoint: false,
    })),
    addresses: interfaces.map((device, index) => ({
      device,
      family: 'ipv4',
      address: `198.51.100.${16 * index + 2}`,
      length: 28,
      scope: 0,
    })),
    routes: interfaces.map((device, index) => ({
      family: 'ipv4',
      table: 254,
      type: 'unicast',
      destination: { family: 'ipv4', address: '0.0.0.0', length: 0 },
      metric: 100 + index,
      protocol: 16,
      hops: [{ gateway: octet(index), device }],
    })),
  };
}
