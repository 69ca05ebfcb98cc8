import type { FlowReport } from '../host/agent/protocol.ts';
import type { Agent } from './agent-client.ts';
import type { Flow } from './flow.ts';
import type { Lab } from './lab.ts';

/**
 * One echo request. No listener answers it, so the ISP it came by is read from the internet's own connection entry, whose
 * mark is the ISP's number; the destination's entries are forgotten first.
 */
export async function pingOnce(lab: Lab, agent: Agent, flow: Flow, timeoutMs: number): Promise<FlowReport> {
  const select = ['-f', flow.family, '--orig-dst', flow.destination];
  await lab.exec('internet', 'conntrack', ['-D', ...select]);
  const from = flow.source === undefined ? {} : { from: flow.source };
  const outcome = await agent.ask({ op: 'ping', to: flow.destination, ...from, timeoutMs });
  if (outcome !== 'answered') return { outcome };
  const entries = await lab.exec('internet', 'conntrack', ['-L', ...select]);
  const line = entries.stdout.split('\n').find((entry) => entry.startsWith('icmp'));
  const wan = lab.topology.wans[Number(/ mark=(\d+)/.exec(line ?? '')?.[1] ?? 0) - 1]?.name;
  const peer = / src=(\S+)/.exec(line ?? '')?.[1];
  return wan === undefined || peer === undefined ? { outcome: 'timeout' } : { outcome, via: wan, peer };
}
