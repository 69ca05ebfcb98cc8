import { execFileSync } from 'node:child_process';
import type { KernelState } from '../../../src/kernel/state.ts';
import type { Family } from '../../../src/net/family.ts';
import { type Agent, openAgent, openErrorSender, openMarkedSender, type Sender } from './agent.ts';
import { gather } from './gather.ts';
import type { Ruleset, TestFlow } from './generate.ts';
import { CLIENTS, OWN, PACKETS, SERVER_PORTS, SERVERS, sizeOf } from './hosts.ts';
import { layout, OUTSIDE, QUIET, removeNamespaces } from './layout.ts';
import { loadScript } from './load.ts';
import { openShell, type Shell } from './shell.ts';
import { inFamily } from './variation.ts';

/**
 * Three namespaces: a LAN host, the router under test and the outside, which answers by the way a flow first came.
 * They stay up while rulesets come and go in the router.
 */
export interface Lane {
  readonly run: (ruleset: Ruleset, flows: readonly TestFlow[]) => Promise<Observation | string>;
  readonly close: () => void;
}

/** What the kernel did. */
export interface Observation {
  readonly state: KernelState;
  /** With the ports they had. */
  readonly flows: readonly TestFlow[];
  /** Of each datagram by its size: the last thing seen of it. */
  readonly seen: ReadonlyMap<number, Seen>;
  /** Sizes of the datagrams that came to the router, or were sent by it. */
  readonly arrived: ReadonlySet<number>;
  /** Conntrack entries by their first packet, in order: `192.0.2.1:53 192.0.2.2:99 mark=0`. */
  readonly connections: readonly string[];
}

export interface Seen {
  readonly exit: string;
  readonly mark: number;
  readonly connmark: number | undefined;
  readonly source: string;
  readonly destination: string;
}

/** IP and UDP headers. */
const HEADERS: Readonly<Record<Family, number>> = { ipv4: 28, ipv6: 48 };

/** A host that waits for the end of a handshake does so for a second: no port is used twice so soon. */
const FIRST_PORT = 20_000;
const LAST_PORT = 60_000;

let lanes = 0;

/** `packets`: which of a flow's packets are sent; errors about it are the slowest. */
export async function openLane(
  labels: boolean,
  packets: readonly (typeof PACKETS)[number][] = PACKETS,
): Promise<Lane> {
  lanes += 1;
  const name = `pwdiff${process.pid}x${lanes}`;
  const [lan, box, out] = [`${name}l`, `${name}r`, `${name}o`];
  try {
    execFileSync('sh', ['-e'], { input: layout(lan, box, out, labels), stdio: ['pipe', 'pipe', 'inherit'] });
  } catch (error) {
    removeNamespaces(lan, box, out);
    throw error;
  }
  execFileSync('ip', ['netns', 'exec', out, 'nft', '-f', '-'], { input: OUTSIDE });
  for (const host of [lan, out])
    execFileSync('ip', ['netns', 'exec', host, 'nft', '-f', '-'], { input: QUIET });
  for (const namespace of [lan, box, out])
    execFileSync('ip', [
      'netns',
      'exec',
      namespace,
      'sh',
      '-c',
      'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0; for d in lo lan0 wan0 wan1; do sysctl -qw net.ipv4.conf.$d.rp_filter=0 net.ipv4.conf.$d.send_redirects=0 2>/dev/null; done; true',
    ]);
  execFileSync('ip', [
    'netns',
    'exec',
    box,
    'sysctl',
    '-qw',
    'net.ipv4.ip_forward=1',
    'net.ipv6.conf.all.forwarding=1',
  ]);
  const shell = openShell(box);
  const outside = openShell(out);
  const agents = { lan: openAgent(lan), box: openAgent(box), out: openAgent(out) };
  const special = { lan: openMarkedSender(lan), box: openMarkedSender(box) };
  const errors = { lan: openErrorSender(lan), out: openErrorSender(out) };
  let before: Family = 'ipv4';
  let ports = FIRST_PORT;
  const listeners = {
    lan: listenersAt(CLIENTS),
    box: listenersAt(OWN),
    out: listenersAt(SERVERS),
  };
  for (const side of ['lan', 'box', 'out'] as const)
    await agents[side].ask({ op: 'listen', at: listeners[side] });
  return {
    run: async (ruleset, flows) => {
      // What came by another way under the last ruleset is forgotten.
      await outside.run('conntrack -F >/dev/null 2>/dev/null');
      const script = loadScript(ruleset, before);
      before = ruleset.family;
      const own = flows.map((flow, at) => ({ ...flow, from: { ...flow.from, port: ports + at } }));
      ports = ports + flows.length > LAST_PORT ? FIRST_PORT : ports + flows.length;
      const loaded = await shell.run(script);
      if (/error|failed/i.test(loaded)) return loaded;
      return runFlows({ shell, agents, special, errors, listeners, packets }, ruleset, own);
    },
    close: () => {
      shell.end();
      outside.end();
      for (const agent of [...Object.values(agents), ...Object.values(errors), ...Object.values(special)])
        agent.end();
      removeNamespaces(lan, box, out);
    },
  };
}

function listenersAt(addresses: readonly string[]): readonly Listener[] {
  return addresses
    .flatMap((address) => [address, inFamily(address, 'ipv6')])
    .flatMap((address) => SERVER_PORTS.map((port) => ({ address, port })));
}

interface Listener {
  readonly address: string;
  readonly port: number;
}

const SIDES = ['lan', 'box', 'out'] as const;
type BySide<T> = Readonly<Record<(typeof SIDES)[number], T>>;

interface Machines {
  readonly shell: Shell;
  readonly agents: BySide<Agent>;
  readonly special: Readonly<Record<'lan' | 'box', Sender>>;
  readonly errors: Readonly<Record<'lan' | 'out', Sender>>;
  readonly listeners: BySide<readonly Listener[]>;
  readonly packets: readonly (typeof PACKETS)[number][];
}

/** Sends every flow's packets in step, and gathers what was seen. */
async function runFlows(
  machines: Machines,
  ruleset: Ruleset,
  flows: readonly TestFlow[],
): Promise<Observation | string> {
  const { shell, agents, special, listeners } = machines;
  const { family, tcp } = ruleset;
  for (const sender of Object.values(special)) await sender.send(['forget']);
  for (const side of SIDES) {
    const keep = listeners[side].map(({ address, port }) => `${address} ${port}`);
    await agents[side].ask({ op: 'forget', keep });
  }
  if (tcp) await Promise.all(SIDES.map((side) => connects(machines, side, flows)));
  for (const [at, packet] of PACKETS.entries()) {
    if (!machines.packets.includes(packet)) continue;
    await Promise.all(
      SIDES.map((side) => {
        if (packet === 'R') return answers(agents[side], family, flows, at);
        if (packet === 'E') return side === 'box' ? undefined : complains(machines, side, at);
        return sends(machines, side, family, flows, at);
      }),
    );
  }
  const text = await shell.run(
    `nft -j list table inet observer; echo; echo =====; nft -j list ruleset; echo; echo =====; conntrack -L -f ${family} 2>/dev/null`,
  );
  return gather(text, ruleset, flows);
}

/** The handshake goes on by itself, before the datagrams. */
async function connects(machines: Machines, side: keyof BySide<Agent>, flows: readonly TestFlow[]) {
  const own = flows.filter((flow) => flow.side === side && flow.protocol === 'tcp');
  await machines.agents[side].ask({ op: 'connect', items: own.filter((flow) => !isSpecial(flow)) });
  for (const flow of own.filter(isSpecial))
    await specialSender(machines, side).send(['tcp', ...socketOf(flow)]);
}

async function sends(
  machines: Machines,
  side: keyof BySide<Agent>,
  family: Family,
  flows: readonly TestFlow[],
  packet: number,
): Promise<void> {
  const items = flows.flatMap((flow, at) =>
    flow.side === side && flow.protocol === 'udp'
      ? [{ ...flow, flow: at, packet, bytes: sizeOf(at, packet) - HEADERS[family] }]
      : [],
  );
  const plain = items.filter((item) => !isSpecial(item));
  if (plain.length > 0) await machines.agents[side].ask({ op: 'send', items: plain });
  for (const item of items.filter(isSpecial))
    await specialSender(machines, side).send(['udp', ...socketOf(item), item.bytes, item.flow, packet]);
}

function isSpecial({ mark, tos = 0, uid = 0 }: TestFlow): boolean {
  return mark !== 0 || tos !== 0 || uid !== 0;
}

function specialSender({ special }: Machines, side: keyof BySide<Agent>): Sender {
  if (side === 'out') throw new Error('what comes from outside is plain');
  return special[side];
}

function socketOf({ mark, tos = 0, uid = 0, from, to }: TestFlow): readonly (string | number)[] {
  return [mark, tos, uid, from.address, from.port, to.address, to.port];
}

/** Whoever heard of a flow answers it. */
function answers(agent: Agent, family: Family, flows: readonly TestFlow[], packet: number): Promise<unknown> {
  const items = flows.map((_flow, at) => ({
    flow: at,
    packet,
    bytes: sizeOf(at, packet) - HEADERS[family],
  }));
  return agent.ask({ op: 'answer', items });
}

interface Heard {
  readonly flow: number;
  readonly from: Listener;
  readonly at: Listener;
}

/** Whoever heard of a flow says that its first packet met a closed port. */
async function complains({ agents, errors }: Machines, side: 'lan' | 'out', packet: number): Promise<void> {
  const heard = (await agents[side].ask({ op: 'heard' })) as readonly Heard[];
  for (const { flow, from, at } of heard) {
    const datagram = [from.address, from.port, at.address, at.port];
    const said = await errors[side].send([at.address, from.address, sizeOf(flow, packet), ...datagram]);
    if (said !== 'sent') throw new Error(`an ICMP error: ${said}`);
  }
}
