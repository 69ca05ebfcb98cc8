import { describe, expect, it } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { compile } from '../../../src/plan/compile.ts';
import type { Flow } from '../../../src/trace/flow.ts';
import { machineWith, ORIGIN, samplePolicy, sampleSite, sampleWan } from '../plan/sample-site.ts';
import { policyRule, route, trace } from './router.ts';

/** What a site makes of a machine with two WANs and a LAN, under the backend and the health of its WANs. */
function planned(site: Site, backend: 'nftables' | 'iptables', down: readonly string[] = []): KernelState {
  const bare = machineWith('fiber0', 'cable0', 'lan0');
  const facts: KernelState = {
    ...bare,
    policyRules: ['0: lookup 255', '32766: lookup 254', '32767: lookup 253'].map(policyRule),
    routes: [
      ...bare.routes.filter((each) => each.hops[0]?.device !== 'lan0'),
      route('198.51.100.0/28 dev fiber0'),
      route('198.51.100.16/28 dev cable0'),
      route('198.51.100.32/28 dev lan0'),
    ],
  };
  const health = Object.fromEntries(down.map((name) => [name, 'down' as const]));
  const { desired } = compile(site, facts, { backend, health, allocation: { slots: {} } });
  return {
    ...facts,
    policyRules: [...facts.policyRules, ...desired.policyRules],
    routes: [...facts.routes, ...desired.routes],
    tables: desired.tables,
    ipsets: desired.ipsets,
    sysctls: desired.sysctls,
  };
}

const CLIENT: Flow = {
  family: 'ipv4',
  in: 'lan0',
  source: '198.51.100.35',
  destination: '192.0.2.9',
  protocol: 'tcp',
  sourcePort: 40000,
  destinationPort: 443,
  dscp: 0,
};

const { in: _in, source: _source, ...ROUTER_FLOW } = CLIENT;

const site = sampleSite({
  wans: [sampleWan('fiber'), sampleWan('cable')],
  policies: [
    samplePolicy('balanced', { fiber: 3, cable: 1 }),
    samplePolicy('only-cable', { cable: 1 }, { lastResort: 'unreachable' }),
  ],
  steering: [
    {
      name: 'mail',
      origin: ORIGIN,
      match: {
        protocol: { values: ['tcp'], negated: false },
        destinationPort: { values: [{ from: 25, to: 25 }], negated: false },
      },
      policy: 'only-cable',
    },
    { name: 'rest', origin: ORIGIN, match: {}, policy: 'balanced' },
  ],
  localTraffic: { value: 'only-cable', span: ORIGIN.span },
});

describe.each(['nftables', 'iptables'] as const)('a plan for %s', (backend) => {
  const ways = (flow: Flow, down: readonly string[] = []) =>
    trace(planned(site, backend, down), flow).paths.map(({ summary, weight, outcome }) => ({
      summary,
      outcome,
      percent: Math.round(100 * weight),
    }));

  it('deals connections over its WANs by weight, and each stays where it began', () => {
    expect(ways(CLIENT)).toEqual([
      {
        summary: 'leaves by fiber0 as 198.51.100.2, stays there; replies return by fiber0',
        outcome: 'stays',
        percent: 75,
      },
      {
        summary: 'leaves by cable0 as 198.51.100.18, stays there; replies return by cable0',
        outcome: 'stays',
        percent: 25,
      },
    ]);
  });

  it('takes a WAN that is down out of the deal', () => {
    expect(ways(CLIENT, ['fiber']).map((way) => way.summary)).toEqual([
      'leaves by cable0 as 198.51.100.18, stays there; replies return by cable0',
    ]);
  });

  it('steers by port, and ends at the last resort when its only WAN is down', () => {
    const mail = { ...CLIENT, destinationPort: 25 };
    expect(ways(mail).map((way) => way.summary)).toEqual([
      'leaves by cable0 as 198.51.100.18, stays there; replies return by cable0',
    ]);
    expect(ways(mail, ['cable']).map((way) => way.outcome)).toEqual(['stopped']);
    expect(ways(mail, ['cable'])[0]?.summary).toContain('has nowhere to go');
  });

  it("steers the router's own connections, with the address of the WAN they leave by", () => {
    expect(ways(ROUTER_FLOW).map((way) => way.summary)).toEqual([
      'leaves by cable0 as 198.51.100.18, stays there; replies return by cable0',
    ]);
  });

  it('sends the answer to a connection from outside back the way it came', () => {
    const inbound: Flow = {
      ...CLIENT,
      in: 'cable0',
      source: '192.0.2.9',
      destination: '198.51.100.18',
      destinationPort: 22,
    };
    expect(ways(inbound)).toEqual([
      {
        summary:
          'is delivered to this machine as 198.51.100.18, stays there; replies leave by cable0 as 198.51.100.18',
        outcome: 'stays',
        percent: 100,
      },
    ]);
  });
});
