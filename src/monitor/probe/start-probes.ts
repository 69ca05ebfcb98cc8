import type { HealthSettings, Probe } from '../../config/site.ts';
import type { Host } from '../../host/host.ts';
import type { MonitorEvent } from '../event.ts';
import { probeLabel } from '../probe-label.ts';
import type { AlarmClock } from './alarm-clock.ts';
import { askCommand, askDns, askHttp, askTcp } from './ask.ts';
import type { ProbeBinding } from './binding.ts';
import { type Neighbours, SLOWEST_ASK_MS } from './neighbours.ts';
import { type Ask, startPeriodic } from './periodic.ts';
import { startPing } from './ping.ts';
import type { ProbeListener, Prober } from './prober.ts';

/** What the probes of all WANs have in common. */
export interface SharedTools {
  readonly neighbours: Neighbours;
  readonly alarms: AlarmClock;
}

/** Starts all probes of a WAN. `place` is its place among all WANs, from which the probes' shares of the interval follow. */
export function startProbes(
  host: Host,
  binding: ProbeBinding,
  place: number,
  shared: SharedTools,
  emit: (event: MonitorEvent) => void,
  problem: (why: string) => void,
): Prober {
  const probers = binding.probes.map((probe, index) => {
    const tell: ProbeListener = {
      result: (sentAt, result, family) => {
        const event = { kind: 'probe', wan: binding.wan, probe: index, sentAt, result } as const;
        emit(family === undefined ? event : { ...event, family });
      },
      child: (state) => emit({ kind: 'child', wan: binding.wan, probe: index, state }),
      problem: (why) =>
        problem(`a probe of WAN ${binding.wan} measures nothing, ${probeLabel(probe)}: ${why}`),
    };
    const delayMs = jitterMs(place, index, binding.health.intervalMs);
    if (probe.kind === 'ping') return startPing(host, binding, probe.target, delayMs, shared.alarms, tell);
    const { health, ask } = questionOf(host, binding, probe, shared.neighbours, tell.problem);
    return startPeriodic(host, health, delayMs, ask, tell);
  });
  return {
    stop: () => {
      for (const prober of probers) prober.stop();
    },
  };
}

/**
 * Probes of one interval spread over it: neighbours in number are far apart in time, however many there are (the golden
 * ratio's multiples fill the unit interval most evenly). No chance, so that a machine starts the same way each time.
 */
function jitterMs(place: number, index: number, intervalMs: number): number {
  const golden = 0.618_033_988_75;
  return Math.floor((((place + 1) * golden + index * golden * golden) % 1) * intervalMs);
}

function questionOf(
  host: Host,
  binding: ProbeBinding,
  probe: Exclude<Probe, { readonly kind: 'ping' }>,
  neighbours: Neighbours,
  problem: (why: string) => void,
): { readonly health: HealthSettings; readonly ask: Ask } {
  const { health } = binding;
  switch (probe.kind) {
    case 'tcp':
      return { health, ask: askTcp(host, binding, probe) };
    case 'dns':
      return { health, ask: askDns(host, binding, probe) };
    case 'http':
      return { health, ask: askHttp(host, binding, probe) };
    case 'command':
      return { health, ask: askCommand(host, binding, probe, problem) };
    case 'arp': {
      const gateway = binding.gateways.ipv4 ?? binding.gateways.ipv6 ?? null;
      return {
        health: { ...health, intervalMs: Math.max(health.intervalMs, SLOWEST_ASK_MS) },
        ask: (timeoutMs) =>
          gateway === null
            ? Promise.resolve('unsent')
            : neighbours.ask(gateway, binding.interface, timeoutMs),
      };
    }
  }
}
