import type { Wan } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Plan } from '../../plan/plan.ts';
import type { MonitorEvent } from '../event.ts';
import { probeLabel } from '../probe-label.ts';
import { alarmClock } from './alarm-clock.ts';
import { type ProbeBinding, sameBinding } from './binding.ts';
import { bindingsOf } from './bindings-of.ts';
import { startNeighbours } from './neighbours.ts';
import type { Prober } from './prober.ts';
import { startProbes } from './start-probes.ts';

/** Keeps the probes that run at those a plan asks for. */
export interface ProbeKeeper {
  /**
   * Starts and stops what differs. What stays the same runs on undisturbed. `wans` are those of the site: until there is a plan
   * of it, a WAN that has other probes now, or another interface, is not probed, as answers to its former probes would be
   * taken for answers to the new ones.
   */
  keep(plan: Plan, facts: KernelState, wans: readonly Wan[]): void;
  stop(): void;
}

export function probeKeeper(
  host: Host,
  emit: (event: MonitorEvent) => void,
  problem: (why: string) => void,
): ProbeKeeper {
  const running = new Map<string, { readonly binding: ProbeBinding; readonly prober: Prober }>();
  const shared = { neighbours: startNeighbours(host), alarms: alarmClock(host) };
  /** What was told: children are tried again and again. */
  const told = new Set<string>();
  const tellOnce = (why: string): void => {
    if (told.has(why)) return;
    told.add(why);
    problem(why);
  };
  const end = (wan: string): void => {
    running.get(wan)?.prober.stop();
    running.delete(wan);
  };
  return {
    keep: (plan, facts, wans) => {
      const wanted = new Map([...bindingsOf(plan, facts)].filter(([, binding]) => isOneOf(wans, binding)));
      for (const [wan, { binding }] of running) {
        const next = wanted.get(wan);
        if (next === undefined || !sameBinding(binding, next)) end(wan);
      }
      for (const [place, { name }] of plan.wans.entries()) {
        const binding = wanted.get(name);
        if (binding === undefined || running.has(name)) continue;
        running.set(name, { binding, prober: startProbes(host, binding, place, shared, emit, tellOnce) });
      }
      if (![...running.values()].some(({ binding }) => asksGateway(binding))) shared.neighbours.standDown();
    },
    stop: () => {
      for (const wan of [...running.keys()]) end(wan);
      shared.neighbours.stop();
    },
  };
}

function isOneOf(wans: readonly Wan[], binding: ProbeBinding): boolean {
  const labels = binding.probes.map(probeLabel);
  return wans.some(
    (wan) =>
      wan.name === binding.wan &&
      wan.interface === binding.interface &&
      wan.probes.length === labels.length &&
      wan.probes.every((probe, at) => probeLabel(probe) === labels[at]),
  );
}

function asksGateway({ probes }: ProbeBinding): boolean {
  return probes.some(({ kind }) => kind === 'arp');
}
