import { monitorOfAnother, runningMonitor } from '../../apply/demand.ts';
import type { Host } from '../../host/host.ts';
import type { Silence } from '../../monitor/control/ask.ts';
import type { Plan } from '../../plan/plan.ts';

/** One line where a site asks for probes that nobody sends; nothing otherwise. */
export function noMonitorLine(host: Host, { probed }: Pick<Plan, 'probed'>): string {
  if (!probed || runningMonitor(host) !== undefined) return '';
  return 'no monitor is running: every WAN counts as up; start polywan-monitor\n';
}

/** One line where a monitor runs another site, beside which nothing is applied. */
export function otherMonitorLine(host: Host, file: string): string {
  const other = monitorOfAnother(host, file);
  if (other === undefined) return '';
  return `the monitor (pid ${other.pid}) runs ${other.siteFile}: while it does, apply refuses another site\n`;
}

/** Of a monitor that lives and was asked in vain. */
export function silenceText({ pid }: Silence): string {
  return `the monitor (pid ${pid}) does not answer`;
}
