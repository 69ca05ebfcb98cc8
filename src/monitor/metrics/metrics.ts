import { Gauge, Registry } from 'prom-client';
import type { MonitorStatus, WanStatus } from '../control/monitor-status.ts';

/** The state of the daemon in Prometheus' text format. Read anew for every scrape; nothing is counted in between. */
export async function metricsText(status: MonitorStatus): Promise<string> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name: `polywan_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const health = gauge('wan_health', 'Health of the WAN: 1 for the state it is in', ['wan', 'health']);
  const used = gauge('wan_used', 'Whether policies may give the WAN new connections', ['wan']);
  const since = gauge('wan_health_since_seconds', 'When the health began, in seconds since the epoch', [
    'wan',
  ]);
  const labels = ['wan', 'probe'] as const;
  const loss = gauge('probe_loss_ratio', 'Share of the probes in the window that were lost', labels);
  const rtt = gauge('probe_rtt_seconds', 'Mean delay of the answers in the window', labels);
  const jitter = gauge('probe_jitter_seconds', 'Mean difference of neighbouring delays', labels);
  const share = gauge('policy_share_ratio', 'Share of new connections that the policy gives the WAN', [
    'policy',
    'family',
    'wan',
  ]);
  const family = gauge('wan_family_up', 'Whether a family that is judged apart is up', ['wan', 'family']);
  for (const wan of status.wans) {
    for (const [name, { health: is }] of Object.entries(wan.familyHealth))
      family.set({ wan: wan.name, family: name }, is === 'up' ? 1 : 0);
    for (const state of [
      'unknown',
      'up',
      'degraded',
      'down',
    ] as const satisfies readonly WanStatus['health'][])
      health.set({ wan: wan.name, health: state }, wan.health === state ? 1 : 0);
    used.set({ wan: wan.name }, wan.used ? 1 : 0);
    since.set({ wan: wan.name }, wan.sinceMs / 1000);
    for (const { probe, lossPercent, rttMs, jitterMs } of wan.probes) {
      if (lossPercent !== undefined) loss.set({ wan: wan.name, probe }, lossPercent / 100);
      if (rttMs !== undefined) rtt.set({ wan: wan.name, probe }, seconds(rttMs));
      if (jitterMs !== undefined) jitter.set({ wan: wan.name, probe }, seconds(jitterMs));
    }
  }
  for (const { name, active } of status.policies)
    for (const [family, members] of Object.entries(active))
      for (const { wan, sharePercent } of members)
        share.set({ policy: name, family, wan }, sharePercent / 100);
  return registry.metrics();
}

/** To the microsecond, without the tail that dividing leaves. */
function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}
