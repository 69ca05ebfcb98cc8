import type { FlowReport } from '../host/agent/protocol.ts';
import { valueAt } from '../net/value-at.ts';
import { colour } from './colour.ts';
import type { Flow } from './flow.ts';
import type { Lab } from './lab.ts';
import { pingOnce } from './ping.ts';
import type { Seen } from './rehearsal.ts';

export interface Sending {
  /** How many connections of this flow are opened, each from a port of its own. */
  readonly count: number;
  /** How long to wait for each. */
  readonly timeoutMs: number;
}

/** Why a flow cannot be made of real packets here; undefined when it can. */
export function notSendable(flow: Flow): string | undefined {
  if (!['tcp', 'udp', 'icmp', 'icmpv6', 'ipv6-icmp'].includes(flow.protocol))
    return `the lab does not speak ${flow.protocol}`;
  const special = (flow.dscp ?? 0) !== 0 || flow.mac !== undefined;
  if (special && flow.in === 'router') return "the lab does not set DSCP on the router's own packets";
  if (special && flow.destinationPort === undefined) return 'the lab sets DSCP and MAC on tcp and udp only';
  return undefined;
}

/** Sends a flow from where it starts and tells by which WANs the internet saw it. */
export async function sendFlow(lab: Lab, flow: Flow, sending: Sending): Promise<Seen> {
  const agent =
    flow.in === 'router' ? lab.agent('router', flow.uid || undefined) : lab.agent(`lan ${flow.in}`);
  if (flow.destinationPort === undefined)
    return seenOf([await pingOnce(lab, agent, flow, sending.timeoutMs)]);
  await colour(lab, flow);
  const to = { address: flow.destination, port: flow.destinationPort };
  const from = {
    ...(flow.source === undefined ? {} : { address: flow.source }),
    ...(flow.sourcePort === undefined ? {} : { port: flow.sourcePort }),
  };
  // A fixed source port can be open only once.
  const count = flow.sourcePort === undefined ? sending.count : 1;
  if (flow.protocol === 'tcp') {
    const { timeoutMs } = sending;
    return seenOf(await agent.ask({ op: 'connect', to, from, count, concurrency: 40, timeoutMs }));
  }
  const datagram = { count: 1, intervalMs: 0, waitMs: sending.timeoutMs, silent: false, tag: '' };
  const sent = Array.from({ length: count }, () => agent.ask({ op: 'datagrams', to, from, ...datagram }));
  return seenOf((await Promise.all(sent)).flat());
}

function seenOf(reports: readonly FlowReport[]): Seen {
  const exits: Record<string, number> = {};
  const peers: Record<string, readonly string[]> = {};
  for (const { outcome, via, peer = [] } of reports) {
    if (outcome !== 'answered' || via === undefined) continue;
    exits[via] = (valueAt(exits, via) ?? 0) + 1;
    peers[via] = [...new Set([valueAt(peers, via) ?? [], peer].flat())];
  }
  return {
    exits,
    failures: reports.flatMap(({ outcome }) => (outcome === 'answered' ? [] : [outcome])),
    peers,
  };
}
