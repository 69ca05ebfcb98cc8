import { refuseSecondMonitor } from '../../apply/demand.ts';
import type { Machine } from '../../apply/machine.ts';
import type { Site } from '../../config/site.ts';
import type { Server } from '../../host/host.ts';
import type { MonitorStatus } from '../../monitor/control/monitor-status.ts';
import { startDaemon } from '../../monitor/daemon.ts';
import { hookRunner } from '../../monitor/hooks/run-hooks.ts';
import { logKeeper } from '../../monitor/log/log-file.ts';
import type { Notice } from '../../monitor/loop/notice.ts';
import { notifier } from '../../monitor/systemd/notifier.ts';
import { journalLine } from './journal-line.ts';
import { logOf } from './log-of.ts';
import type { OpenRecording } from './open-recording.ts';

export interface DaemonOptions {
  readonly watchConfig: boolean;
  readonly metrics?: { readonly address: string; readonly port: number };
  readonly recording?: OpenRecording;
}

/** By then the probes are under way and the failures rehearsed. */
const STARTED_MS = 5000;

/** Runs the daemon until somebody stops it, and tells whoever wants to know: journal, log, hooks, systemd, Prometheus. */
export async function runDaemon(machine: Machine, site: Site, options: DaemonOptions): Promise<void> {
  const { host } = machine;
  // Before anything that two of them would quarrel about, such as the port of the metrics.
  refuseSecondMonitor(host);
  const { watchConfig, recording } = options;
  const systemd = notifier(host, (message) => say({ kind: 'problem', message }));
  const journal = host.env('JOURNAL_STREAM') !== undefined;
  const hooks = hookRunner(host, (message) => say({ kind: 'problem', message }));
  let status: () => MonitorStatus | undefined = () => undefined;
  const keepLog = logKeeper(host, (message) =>
    host.stdout.write(journalLine(logOf({ kind: 'problem', message }, host.now(), undefined), journal)),
  );
  const say = (notice: Notice): void => {
    const now = notice.kind === 'transition' ? status() : undefined;
    const entry = logOf(notice, host.now(), now);
    host.stdout.write(journalLine(entry, journal));
    keepLog(entry);
    recording?.said(notice);
    if (notice.kind !== 'transition' || now === undefined) return;
    hooks.run(notice.transition, daemon.plan(), now);
    systemd.status(statusLine(now));
  };
  // What cannot be listened to is said before anything is changed.
  const metrics = await serveMetrics(machine, options.metrics, () => status());
  const daemon = await startDaemon(machine, site, {
    watchConfig,
    say,
    ...(recording === undefined ? {} : { heard: recording.heard }),
  });
  status = daemon.status;
  recording?.begin(daemon, (message) => say({ kind: 'problem', message }));
  const stopHangups = host.onSignal(['SIGHUP'], daemon.reload);
  const stopStops = host.onSignal(['SIGTERM', 'SIGINT'], (signal) => {
    systemd.stopping();
    void daemon.stop(signal);
  });
  systemd.ready(statusLine(daemon.status()));
  const cancelTidying = host.after(STARTED_MS, host.collectGarbage);
  await daemon.ended;
  recording?.close();
  for (const stop of [cancelTidying, stopHangups, stopStops, systemd.stop, () => metrics?.stop()]) stop();
}

/** Loaded on demand: few routers are scraped. */
async function serveMetrics(
  { host }: Machine,
  where: DaemonOptions['metrics'],
  status: () => MonitorStatus | undefined,
): Promise<Server | undefined> {
  if (where === undefined) return undefined;
  const { metricsText } = await import('../../monitor/metrics/metrics.ts');
  return host.serveHttp(where.address, where.port, '/metrics', async () => {
    const now = status();
    return {
      type: 'text/plain; version=0.0.4; charset=utf-8',
      text: now === undefined ? '' : await metricsText(now),
    };
  });
}

/** `fiber up, cable down` */
function statusLine({ wans }: MonitorStatus): string {
  return wans.map(({ name, health }) => `${name} ${health}`).join(', ');
}
