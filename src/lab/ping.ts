import type { FlowReport } from '../host/agent/protocol.ts';
import type { Flow } from './flow.ts';
import type { Lab } from './lab.ts';
import type { Place } from './lab-names.ts';

/**
 * One echo request. No listener answers it, so the ISP it came by is read from the internet's own connection entry, whose
 * mark is the ISP's number; the destination's entries are forgotten first.
 */
export async function pingOnce(lab: Lab, flow: Flow, timeoutMs: number): Promise<FlowReport> {
  const family = flow.family === 'ipv4' ? '-4' : '-6';
  const select = ['-f', flow.family, '--orig-dst', flow.destination];
  await lab.exec('internet', 'conntrack', ['-D', ...select]);
  const place: Place = flow.in === 'router' ? 'router' : `lan ${flow.in}`;
  const from = flow.source === undefined ? [] : ['-I', flow.source];
  const seconds = String(Math.ceil(timeoutMs / 1000));
  const ping = await lab.exec(place, 'ping', [
    family,
    '-n',
    '-c',
    '1',
    '-W',
    seconds,
    ...from,
    flow.destination,
  ]);
  const entries = await lab.exec('internet', 'conntrack', ['-L', ...select]);
  const line = entries.stdout.split('\n').find((entry) => entry.startsWith('icmp'));
  const wan = lab.topology.wans[Number(/ mark=(\d+)/.exec(line ?? '')?.[1] ?? 0) - 1]?.name;
  const peer = / src=(\S+)/.exec(line ?? '')?.[1];
  if (ping.code === 0 && wan !== undefined && peer !== undefined)
    return { outcome: 'answered', via: wan, peer };
  return { outcome: /unreachable/i.test(ping.stdout + ping.stderr) ? 'unreachable' : 'timeout' };
}
