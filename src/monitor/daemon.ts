import type { Machine } from '../apply/machine.ts';
import type { Site } from '../config/site.ts';
import { type DatedTransition, type MonitorStatus, monitorStatus } from './control/monitor-status.ts';
import { refuseLongSocket, serve } from './control/serve.ts';
import { type Monitor, type MonitorOptions, startMonitor } from './loop/monitor.ts';
import type { Notice } from './loop/notice.ts';

/** As many as fit on a screen; `polywan log` has them all. */
const REMEMBERED = 20;

export interface Daemon extends Monitor {
  status(): MonitorStatus;
}

/** A monitor that answers questions about itself. */
export async function startDaemon(machine: Machine, site: Site, options: MonitorOptions): Promise<Daemon> {
  const { host } = machine;
  refuseLongSocket(host);
  const sinceMs = host.now();
  const wallOf = (monotonicMs: number): number => Math.round(host.now() - (host.monotonicMs() - monotonicMs));
  let transitions: readonly DatedTransition[] = [];
  const say = (notice: Notice): void => {
    if (notice.kind === 'transition') {
      const { at, ...transition } = notice.transition;
      transitions = [...transitions.slice(1 - REMEMBERED), { ...transition, atMs: wallOf(at) }];
    }
    options.say(notice);
  };
  const monitor = await startMonitor(machine, site, { ...options, say });
  const status = (): MonitorStatus => {
    const leastBad = monitor.leastBad();
    return monitorStatus({
      state: monitor.state(),
      plan: monitor.plan(),
      ...(leastBad === undefined ? {} : { leastBad }),
      transitions,
      pid: host.pid(),
      sinceMs,
      wallOf,
    });
  };
  const socket = await serve(host, monitor, status);
  void monitor.ended.then(() => socket.stop());
  return { ...monitor, status };
}
