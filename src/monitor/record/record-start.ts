import type { MonitorState } from '../decide/decision.ts';
import { probeLabel } from '../probe-label.ts';
import type { RecordStart } from './entry.ts';

/** The beginning of a recording, from what the monitor knows then. */
export function recordStart({ now, wans }: MonitorState, wallMs: number): RecordStart {
  return {
    kind: 'start',
    at: Math.round(now),
    wallMs: Math.round(wallMs),
    wans: wans.map(({ wan, health }) => ({
      name: wan.name,
      health,
      intervalMs: wan.health.intervalMs,
      probes: wan.probes.map(probeLabel),
    })),
  };
}
