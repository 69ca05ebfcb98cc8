import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readNftJson } from '../../../src/codec/nft-json.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { iptables, policyRule, route, router } from '../../unit/trace/router.ts';
import type { Ruleset, TestFlow } from './generate.ts';

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

/** Datagrams carry their identity in their size: IP and UDP headers and at least two bytes. */
const HEADERS = 28;
export const FIRST_SIZE = 100;
export const PACKETS = ['P1', 'P1b', 'R', 'P3'] as const;

export function sizeOf(flow: number, packet: number): number {
  return FIRST_SIZE + flow * PACKETS.length + packet;
}

export const SERVERS = ['192.0.2.1', '192.0.2.2', '192.0.3.1'] as const;
export const CLIENTS = ['192.168.1.10', '192.168.1.11'] as const;
export const OWN = ['198.51.100.2', '203.0.113.2', '192.168.1.1'] as const;
export const SERVER_PORTS = [53, 443, 8080] as const;

/**
 * Last at every hook, so that it sees what left; it reads and changes nothing. A set's key has four parts at most:
 * nft 1.0.6 cannot list longer ones.
 */
const OBSERVER = `table inet observer {
${observerSet('marks', 'meta length . meta mark . ct mark . oifname')}
${observerSet('bare', 'meta length . meta mark . oifname')}
${observerSet('localmarks', 'meta length . meta mark . ct mark')}
${observerSet('localbare', 'meta length . meta mark')}
${observerSet('addresses', 'meta length . ip saddr . ip daddr')}
${observerSet('arrived', 'meta length')}
 chain arriving {
 type filter hook prerouting priority -390
 iifname != "lo" ip protocol udp ${observe('arrived', 'meta length')}
 }
 chain sending {
 type filter hook output priority -390
 ip protocol icmp drop comment "errors of its own would run through the rules between the packets compared"
 ip protocol udp ${observe('arrived', 'meta length')}
 }
 chain out {
 type filter hook postrouting priority 900
 ip protocol != udp return
 ${observe('bare', 'meta length . meta mark . oifname')}
 ${observe('addresses', 'meta length . ip saddr . ip daddr')}
 ${observe('marks', 'meta length . meta mark . ct mark . oifname')}
 }
 chain in {
 type filter hook input priority 900
 ip protocol != udp return
 ${observe('localbare', 'meta length . meta mark')}
 ${observe('addresses', 'meta length . ip saddr . ip daddr')}
 ${observe('localmarks', 'meta length . meta mark . ct mark')}
 }
}
`;

function observerSet(name: string, key: string): string {
  return ` set ${name} {\n typeof ${key}\n flags dynamic\n size 4096\n }`;
}

function observe(name: string, key: string): string {
  return `update @${name} { ${key} }`;
}

/** Answers leave by the device their flow came in by. */
const OUTSIDE = `table inet back {
 chain in {
 type filter hook prerouting priority -150
 ct direction original ct mark 0 iifname "wan0" ct mark set 1
 ct direction original ct mark 0 iifname "wan1" ct mark set 2
 }
 chain out {
 type route hook output priority -150
 meta mark set ct mark
 }
}
`;

/** A host's ICMP error about a packet would run through the rules as well, and mark the connection. */
const QUIET = `table inet quiet {
 chain out {
 type filter hook output priority 0
 ip protocol icmp drop
 }
}
`;

let lanes = 0;

export async function openLane(): Promise<Lane> {
  lanes += 1;
  const name = `pwdiff${process.pid}x${lanes}`;
  const [lan, box, out] = [`${name}l`, `${name}r`, `${name}o`];
  try {
    execFileSync('sh', ['-e'], { input: layout(lan, box, out), stdio: ['pipe', 'pipe', 'inherit'] });
  } catch (error) {
    remove(lan, box, out);
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
  execFileSync('ip', ['netns', 'exec', box, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  const shell = openShell(box);
  const outside = openShell(out);
  const agents = { lan: openAgent(lan), box: openAgent(box), out: openAgent(out) };
  const listeners = {
    lan: CLIENTS.flatMap((address) => SERVER_PORTS.map((port) => ({ address, port }))),
    box: OWN.flatMap((address) => SERVER_PORTS.map((port) => ({ address, port }))),
    out: SERVERS.flatMap((address) => SERVER_PORTS.map((port) => ({ address, port }))),
  };
  for (const side of ['lan', 'box', 'out'] as const)
    await agents[side].ask({ op: 'listen', at: listeners[side] });
  return {
    run: async (ruleset, flows) => {
      // What came by another way under the last ruleset is forgotten.
      await outside.run('conntrack -F >/dev/null 2>/dev/null');
      return runRuleset(shell, agents, listeners, ruleset, flows);
    },
    close: () => {
      shell.end();
      outside.end();
      for (const agent of Object.values(agents)) agent.end();
      remove(lan, box, out);
    },
  };
}

function remove(...namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    try {
      execFileSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
    } catch {
      // It was never made.
    }
  }
}

function layout(lan: string, box: string, out: string): string {
  const pair = (device: keyof typeof MACS, other: string, inside: string, outside: string) => `
link add ${device} address ${MACS[device].near} netns ${box} type veth peer name ${device} address ${MACS[device].far} netns ${other}
-n ${box} addr add ${inside} dev ${device}
-n ${box} link set ${device} up
-n ${other} addr add ${outside} dev ${device}
-n ${other} link set ${device} up`;
  return [`netns add ${lan}`, `netns add ${box}`, `netns add ${out}`]
    .concat([lan, box, out].map((each) => `-n ${each} link set lo up`))
    .concat(
      [
        pair('lan0', lan, '192.168.1.1/24', '192.168.1.10/24'),
        pair('wan0', out, '198.51.100.2/24', '198.51.100.1/24'),
        pair('wan1', out, '203.0.113.2/24', '203.0.113.1/24'),
      ].flatMap((text) => text.split('\n').filter((line) => line !== '')),
    )
    .concat([
      `-n ${lan} addr add 192.168.1.11/24 dev lan0`,
      `-n ${lan} route add default via 192.168.1.1`,
      ...SERVERS.map((address) => `-n ${out} addr add ${address}/32 dev lo`),
      `-n ${out} route add default via 198.51.100.2 dev wan0 table 1`,
      `-n ${out} route add default via 203.0.113.2 dev wan1 table 2`,
      `-n ${out} route add default via 198.51.100.2 dev wan0`,
      `-n ${out} rule add priority 10 fwmark 1 lookup 1`,
      `-n ${out} rule add priority 11 fwmark 2 lookup 2`,
    ])
    .concat(neighbours(lan, box, out))
    .map((line) => `ip ${line}`)
    .join('\n');
}

/** Whether a machine answers ARP depends on its policy rules too: here everybody knows everybody. */
function neighbours(lan: string, box: string, out: string): readonly string[] {
  const know = (who: string, device: string, mac: string, ...addresses: readonly string[]) =>
    addresses.map(
      (address) => `-n ${who} neigh replace ${address} lladdr ${mac} nud permanent dev ${device}`,
    );
  return [
    ...know(box, 'lan0', MACS.lan0.far, ...CLIENTS),
    ...know(box, 'wan0', MACS.wan0.far, '198.51.100.1'),
    ...know(box, 'wan1', MACS.wan1.far, '203.0.113.1'),
    ...know(lan, 'lan0', MACS.lan0.near, '192.168.1.1'),
    ...know(out, 'wan0', MACS.wan0.near, '198.51.100.2'),
    ...know(out, 'wan1', MACS.wan1.near, '203.0.113.2'),
  ];
}

const MACS = {
  lan0: { near: '02:00:00:00:01:01', far: '02:00:00:00:01:02' },
  wan0: { near: '02:00:00:00:02:01', far: '02:00:00:00:02:02' },
  wan1: { near: '02:00:00:00:03:01', far: '02:00:00:00:03:02' },
} as const;

interface Shell {
  readonly run: (script: string) => Promise<string>;
  readonly end: () => void;
}

const END = '<<end of script>>';

/** One shell in the router: a process for each step would take longer than the step. */
function openShell(namespace: string): Shell {
  const child = spawn('ip', ['netns', 'exec', namespace, 'sh'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  let waiting: ((text: string) => void) | undefined;
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    if (!text.includes(END)) return;
    const [before = ''] = text.split(END);
    text = '';
    waiting?.(before);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', (chunk: Buffer) => {
    text += `error: ${chunk.toString()}`;
  });
  return {
    run: (script) =>
      new Promise((resolve) => {
        waiting = resolve;
        child.stdin.write(`${script}\nsleep 0 2>&1; echo '${END}'\n`);
      }),
    end: () => child.stdin.end(),
  };
}

interface Agent {
  readonly ask: (request: unknown) => Promise<unknown>;
  readonly end: () => void;
}

function openAgent(namespace: string): Agent {
  const script = join(import.meta.dirname, 'agent.mjs');
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('no pipes');
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: stdout }).on('line', (line) => {
    const { answer, error } = JSON.parse(line) as { answer?: unknown; error?: string };
    const next = waiting.shift();
    if (error === undefined) next?.resolve(answer);
    else next?.reject(new Error(error));
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        stdin.write(`${JSON.stringify(request)}\n`);
      }),
    end: () => stdin.end(),
  };
}

type Agents = Readonly<Record<'lan' | 'box' | 'out', Agent>>;
type Listeners = Readonly<Record<'lan' | 'box' | 'out', readonly { address: string; port: number }[]>>;

/** Loads the ruleset, sends every flow's packets in step, and gathers what was seen; a text when it does not load. */
async function runRuleset(
  shell: Shell,
  agents: Agents,
  listeners: Listeners,
  ruleset: Ruleset,
  flows: readonly TestFlow[],
): Promise<Observation | string> {
  const loaded = await shell.run(loadScript(ruleset));
  if (loaded.includes('error') || loaded.includes('Error')) return loaded;
  for (const side of ['lan', 'box', 'out'] as const) {
    const keep = listeners[side].map(({ address, port }) => `${address} ${port}`);
    await agents[side].ask({ op: 'forget', keep });
  }
  for (const [at, packet] of PACKETS.entries()) {
    await Promise.all(
      (['lan', 'box', 'out'] as const).map((side) =>
        packet === 'R' ? answers(agents[side], flows, at) : sends(agents[side], side, flows, at),
      ),
    );
  }
  const text = await shell.run(
    'nft -j list table inet observer; echo; echo =====; nft -j list ruleset; echo; echo =====; conntrack -L -p udp 2>/dev/null',
  );
  return gather(text, ruleset);
}

function sends(agent: Agent, side: string, flows: readonly TestFlow[], packet: number): Promise<unknown> {
  const items = flows.flatMap((flow, at) =>
    flow.side === side
      ? [{ flow: at, packet, from: flow.from, to: flow.to, bytes: sizeOf(at, packet) - HEADERS }]
      : [],
  );
  return items.length === 0 ? Promise.resolve([]) : agent.ask({ op: 'send', items });
}

/** Whoever heard of a flow answers it. */
function answers(agent: Agent, flows: readonly TestFlow[], packet: number): Promise<unknown> {
  const items = flows.map((_flow, at) => ({ flow: at, packet, bytes: sizeOf(at, packet) - HEADERS }));
  return agent.ask({ op: 'answer', items });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function loadScript(ruleset: Ruleset): string {
  const feed = (program: string, text: string) => `printf %s ${quoted(text)} | ${program} 2>&1`;
  const empty = ['raw', 'mangle', 'nat', 'filter'].map((table) => `*${table}\nCOMMIT\n`).join('');
  const batch = [
    'rule flush',
    'rule add priority 32766 lookup main',
    'rule add priority 32767 lookup default',
    ...['30', '36', '7', '40'].map((table) => `route flush table ${table}`),
    'route replace default via 198.51.100.1 dev wan0',
    // Before the policy rules: a gateway is looked up by them.
    ...ruleset.routes.map((text) => `route add ${text}`),
    ...ruleset.rules.map((rule) => `rule add ${ruleCommand(rule)}`),
    'route flush cache',
  ].join('\n');
  return [
    'nft flush ruleset 2>&1',
    feed('iptables-legacy-restore', empty),
    'ipset destroy 2>&1',
    feed('ip -batch - -force 2>/dev/null', `${batch}\n`),
    ...Object.entries(ruleset.sysctls).map(([key, value]) => `sysctl -qw ${key}=${value} 2>&1`),
    ...(ruleset.ipsets === '' ? [] : [feed('ipset restore', ruleset.ipsets)]),
    ...(ruleset.nft === '' ? [] : [feed('nft -f -', ruleset.nft)]),
    ...(ruleset.iptables === '' ? [] : [feed('iptables-nft-restore', ruleset.iptables)]),
    ...(ruleset.legacy === '' ? [] : [feed('iptables-legacy-restore', ruleset.legacy)]),
    feed('nft -f -', OBSERVER),
    'conntrack -F >/dev/null 2>/dev/null',
  ].join('\n');
}

/** The model's words for a policy rule, as ip(8) takes them. */
function ruleCommand(text: string): string {
  const [priority = '', ...words] = text.split(' ');
  return `priority ${priority.replace(':', '')} ${words.join(' ')}`;
}

interface SetListing {
  readonly set?: { readonly name: string; readonly elem?: readonly unknown[] };
}

function gather(text: string, ruleset: Ruleset): Observation | string {
  const [observer = '', rules = '', table = ''] = text.split('=====');
  let listing: { nftables: readonly SetListing[] };
  try {
    listing = JSON.parse(observer) as typeof listing;
  } catch {
    return `unreadable: ${observer.slice(0, 300)}`;
  }
  const elements = (name: string) =>
    (listing.nftables.find((each) => each.set?.name === name)?.set?.elem ?? []).map(
      (each) => ((each as { concat?: unknown[] }).concat ?? [each]) as (number | string)[],
    );
  const addresses = new Map(elements('addresses').map(([size, from, to]) => [Number(size), [from, to]]));
  const seen = new Map<number, Seen>();
  const add = (size: unknown, exit: unknown, mark: unknown, connmark?: unknown) => {
    const [source, destination] = addresses.get(Number(size)) ?? [];
    seen.set(Number(size), {
      exit: String(exit),
      mark: Number(mark),
      connmark: connmark === undefined ? undefined : Number(connmark),
      source: String(source),
      destination: String(destination),
    });
  };
  for (const [size, mark, exit] of elements('bare')) add(size, exit, mark);
  for (const [size, mark, connmark, exit] of elements('marks')) add(size, exit, mark, connmark);
  for (const [size, mark] of elements('localbare')) add(size, 'local', mark);
  for (const [size, mark, connmark] of elements('localmarks')) add(size, 'local', mark, connmark);
  const { tables } = readNftJson(rules);
  // iptables-nft tables are read from the text that made them: as nft they say something else (kernel-facts 7.1).
  const native = tables.filter((each) => !isIptables(each.name, each.family) && each.name !== 'observer');
  const base = router({ sysctls: ruleset.sysctls });
  const state: KernelState = {
    ...base,
    policyRules: [
      ...base.policyRules.filter((rule) => [0, 32766, 32767].includes(rule.priority)),
      ...ruleset.rules.map(policyRule),
    ],
    routes: [...base.routes, ...ruleset.routes.map(route)],
    // In the order they were registered: the legacy tables were there from the first ruleset on.
    tables: [
      ...iptables(ruleset.legacy, 'iptables-legacy'),
      ...native,
      ...iptables(ruleset.iptables, 'iptables-nft'),
    ],
    ipsets: ruleset.ipsetModel,
  };
  const arrived = new Set(elements('arrived').map(([size]) => Number(size)));
  return { state, seen, arrived, connections: readConnections(table) };
}

function isIptables(name: string, family: string): boolean {
  return family === 'ip' && ['raw', 'mangle', 'nat', 'filter'].includes(name);
}

function readConnections(text: string): readonly string[] {
  const entries = text.split('\n').flatMap((line) => {
    const found = /src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*mark=(\d+)/.exec(line);
    if (found === null) return [];
    const [, source, destination, sport, dport, mark] = found;
    return [`${source}:${sport} ${destination}:${dport} mark=${mark}`];
  });
  return entries.sort();
}
