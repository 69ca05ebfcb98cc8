import type { PortForward, Site } from '../config/site.ts';
import type { FlowOutcome } from '../host/agent/protocol.ts';
import { parsePrefix, prefixContains } from '../net/prefix.ts';
import type { Agent } from './agent-client.ts';
import type { Lab } from './lab.ts';
import type { RehearsedForward } from './rehearsal.ts';
import { ANSWER_MS } from './sending-for.ts';
import { type LanNetwork, wanAddress } from './topology.ts';

/** Calls every port forward on every WAN it is for, from the internet and from inside. */
export async function rehearseForwards(lab: Lab, site: Site): Promise<readonly RehearsedForward[]> {
  const opened = new Set<string>();
  const calls = site.wans.flatMap((wan) =>
    [...wan.portForwards, ...site.portForwards].map((forward) => ({ wan: wan.name, forward })),
  );
  const results: RehearsedForward[] = [];
  for (const { wan, forward } of calls) {
    const address = wanAddress(lab.topology, wan, forward.to.family);
    const home = homeOf(lab, forward.to.address);
    if (address === undefined) continue;
    const call = { wan, protocol: forward.protocol, port: forward.port.from, to: nameOf(forward) };
    if (home === undefined) {
      results.push(call);
      continue;
    }
    await openTarget(lab, home.lan, forward, opened);
    results.push({ ...call, ...(await tryForward(lab, address, forward, home)) });
  }
  return results;
}

interface Home {
  readonly lan: string;
  readonly network: LanNetwork;
}

function homeOf(lab: Lab, address: string): Home | undefined {
  const host = parsePrefix(address);
  for (const lan of lab.topology.lans)
    for (const network of lan.networks) {
      const { family, router, length } = network;
      if (host !== undefined && prefixContains({ family, address: router, length }, host))
        return { lan: lan.interface, network };
    }
  return undefined;
}

async function openTarget(lab: Lab, lan: string, forward: PortForward, opened: Set<string>): Promise<void> {
  const { protocol, to, port } = forward;
  const at = { address: to.address, port: to.port ?? port.from };
  const key = `${protocol} ${at.address} ${at.port}`;
  if (opened.has(key)) return;
  opened.add(key);
  await lab.agent(`lan ${lan}`).ask({ op: 'listen', protocol, at, via: nameOf(forward) });
}

function nameOf({ to, port }: PortForward): string {
  return to.family === 'ipv4'
    ? `${to.address}:${to.port ?? port.from}`
    : `[${to.address}]:${to.port ?? port.from}`;
}

async function tryForward(
  lab: Lab,
  address: string,
  forward: PortForward,
  { lan, network }: Home,
): Promise<Pick<RehearsedForward, 'outside' | 'hairpin'>> {
  const { protocol, port } = forward;
  const call = (agent: Agent, source?: string): Promise<FlowOutcome> =>
    callOnce(agent, protocol, { address, port: port.from }, nameOf(forward), source);
  const outside = await call(lab.agent('internet'));
  const others = lab.topology.lans.find((one) => one.interface === lan)?.networks ?? [network];
  const client = others
    .filter((one) => one.family === forward.to.family)
    .flatMap((one) => one.clients)
    .find((candidate) => candidate !== forward.to.address);
  return client === undefined
    ? { outside }
    : { outside, hairpin: await call(lab.agent(`lan ${lan}`), client) };
}

async function callOnce(
  agent: Agent,
  protocol: 'tcp' | 'udp',
  to: { readonly address: string; readonly port: number },
  wanted: string,
  source: string | undefined,
): Promise<FlowOutcome> {
  const from = source === undefined ? {} : { from: { address: source } };
  const [report] =
    protocol === 'tcp'
      ? await agent.ask({ op: 'connect', to, ...from, count: 1, concurrency: 1, timeoutMs: ANSWER_MS })
      : await agent.ask({
          op: 'datagrams',
          to,
          ...from,
          count: 1,
          intervalMs: 0,
          waitMs: ANSWER_MS,
          silent: false,
          tag: '',
        });
  if (report?.outcome === 'answered' && report.via !== wanted) return `error answered by ${report.via}`;
  return report?.outcome ?? 'timeout';
}
