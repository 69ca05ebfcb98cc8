import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KernelState } from '../../../../src/kernel/state.ts';
import { decide } from '../../../../src/monitor/decide/decide.ts';
import type { MonitorState } from '../../../../src/monitor/decide/decision.ts';
import { activeIn } from '../../../../src/monitor/decide/standing.ts';
import { NO_MEMORY, start } from '../../../../src/monitor/decide/start.ts';
import { settle } from '../../../../src/monitor/health/settle.ts';
import { capacityOf } from '../../../../src/monitor/health/track.ts';
import { FAMILIES } from '../../../../src/net/family.ts';
import { compile } from '../../../../src/plan/compile.ts';
import { anything } from '../../../arbitrary/monitor.ts';
import { machineWith } from '../../plan/sample-site.ts';
import { run, SITE } from './history.ts';

/** Events that the facts of a machine would say, too. */
const FACTUAL: readonly string[] = ['link', 'address', 'gateway'];

const FACTS = withIpv6(machineWith('wan0', 'wan1', 'wan2'));

/** The gateways of IPv4 as link-local ones, too. */
function withIpv6(facts: KernelState): KernelState {
  const routes = facts.routes.map((route) => ({
    ...route,
    family: 'ipv6' as const,
    destination: { family: 'ipv6' as const, address: '::', length: 0 },
    hops: route.hops.map((hop) => ({ ...hop, gateway: 'fe80::1' })),
  }));
  return { ...facts, routes: [...facts.routes, ...routes] };
}

function inputOf({ demand }: MonitorState) {
  return { backend: 'nftables' as const, ...demand, allocation: { slots: {} } };
}

function planOf(state: MonitorState): unknown {
  return compile(SITE, FACTS, inputOf(state)).desired;
}

describe('whatever happens', () => {
  it('the kernel is asked for what compile makes of the site and the health, and for anew whenever that changes', () => {
    fc.assert(
      fc.property(anything, (events) => {
        let asked = planOf(start(SITE, NO_MEMORY, 1000));
        for (const { decision } of run(events)) {
          if (decision.recompile) asked = planOf(decision.state);
          expect(asked).toEqual(planOf(decision.state));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a plan under the demand uses the very WANs the monitor says a policy uses', () => {
    fc.assert(
      fc.property(anything, (events) => {
        // Every link and gateway is there on this machine: the events must not say otherwise.
        const probesOnly = events.filter(({ event }) => !FACTUAL.includes(event(0).kind));
        for (const { decision } of run(probesOnly).slice(-3)) {
          const { state } = decision;
          const plan = compile(SITE, FACTS, inputOf(state));
          for (const family of FAMILIES) {
            const used = plan.policies.map(({ active }) => active[family].map(({ wan }) => wan));
            expect(used).toEqual(SITE.policies.map((policy) => activeIn(state, policy, family)));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the same events give the same decisions, and leave the state before as it was', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const first = run(events);
        const texts = first.map(({ before }) => JSON.stringify(before));
        expect(run(events)).toEqual(first);
        expect(first.map(({ before }) => JSON.stringify(before))).toEqual(texts);
      }),
      { numRuns: 30 },
    );
  });

  it('every conclusion is drawn at once: drawn again from what is known then, it is the same', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { event, decision } of run(events)) {
          const { wans, now } = decision.state;
          const concerned = wans.find(({ wan }) => 'wan' in event && event.wan === wan.name);
          if (concerned !== undefined) expect(settle(concerned, now)).toEqual(concerned);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('transitions tell the whole story: each begins with the health the one before ended with', () => {
    fc.assert(
      fc.property(anything, (events) => {
        const health = new Map(SITE.wans.map(({ name }) => [name, 'unknown']));
        for (const { decision } of run(events)) {
          for (const { wan, from, to } of decision.transitions) {
            expect(from).toBe(health.get(wan));
            expect(to).not.toBe(from);
            health.set(wan, to);
          }
          for (const { wan, health: now } of decision.state.wans) expect(now).toBe(health.get(wan.name));
        }
      }),
    );
  });

  it('the state stays bounded: no probe holds more samples than its window needs', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { decision } of run(events))
          for (const { wan, probes } of decision.state.wans)
            for (const { samples } of probes) {
              expect(samples.length).toBeLessThanOrEqual(capacityOf(wan.health));
              expect(samples.map(({ sentAt }) => sentAt)).toEqual(
                [...new Set(samples.map(({ sentAt }) => sentAt))].sort((a, b) => a - b),
              );
            }
      }),
    );
  });

  it('a wake is never in the past, and a tick at its time asks for none at the same time again', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { decision } of run(events)) {
          const { wakeAt, state } = decision;
          if (wakeAt === undefined) continue;
          expect(wakeAt).toBeGreaterThan(state.now);
          expect(decide(state, { kind: 'tick' }, wakeAt).wakeAt).not.toBe(wakeAt);
        }
      }),
    );
  });

  it('connections are reset only of WANs that carry nothing more, and only where the policy has another', () => {
    fc.assert(
      fc.property(anything, (events) => {
        for (const { decision } of run(events))
          for (const { wan, family, why, policies } of decision.resets) {
            expect(policies.length).toBeGreaterThan(0);
            const { health } = decision.demand;
            if (why !== 'moved') expect([health[wan], health[`${wan}/${family}`]]).toContain('down');
            for (const name of policies) {
              const policy = SITE.policies.find((each) => each.name === name);
              const active = policy === undefined ? [] : activeIn(decision.state, policy, family);
              expect(active).not.toContain(wan);
              expect(active).not.toEqual([]);
              expect(policy?.onFailure === 'keep' && why !== 'moved').toBe(false);
              expect(policy?.onRecovery === 'keep' && why === 'moved').toBe(false);
            }
          }
      }),
    );
  });
});
