import { monitorRuns } from '../../apply/demand.ts';
import type { Host } from '../../host/host.ts';
import type { Plan } from '../../plan/plan.ts';

/** One line where a site asks for probes that nobody sends; nothing otherwise. */
export function noMonitorLine(host: Host, { probed }: Pick<Plan, 'probed'>): string {
  if (!probed || monitorRuns(host)) return '';
  return 'no monitor is running: every WAN counts as up; start polywan-monitor\n';
}
