import type { Host, ProcessResult, RunOptions } from '../host/host.ts';
import { type Agent, startAgent } from './agent-client.ts';
import { breakIsp, type Fault, mendIsp, type RunAtIsp } from './fault.ts';
import { internetRules, listenerPort } from './internet-rules.ts';
import { LabError } from './lab-error.ts';
import { LAB_DIRECTORY, leftOvers, namespaceOf, newLabName, type Place } from './lab-names.ts';
import { cableBatch, internetPolicyBatch, placeBatch, placesOf, transitAddress } from './network-batch.ts';
import type { Topology } from './topology.ts';

/** What the internet saw of one ISP: new connections that came by it, and packets of another ISP's connections. */
export interface IspCounters {
  readonly arrived: number;
  readonly strayed: number;
}

/** A running lab. Every method fails with LabError once it has been interrupted or torn down. */
export interface Lab {
  readonly topology: Topology;
  /** A directory for the files of what runs in the lab; goes with it. */
  readonly directory: string;
  namespace(place: Place): string;
  /** Runs a program in one of the machines. */
  exec(place: Place, program: string, args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
  /** The agent of a machine, started when it is first asked for; with a uid, one that runs as that user. */
  agent(place: Place, uid?: number): Agent;
  cut(wan: string, fault: Fault): Promise<void>;
  mend(wan: string): Promise<void>;
  counters(): Promise<Readonly<Record<string, IspCounters>>>;
  /**
   * Makes the internet and the router forget every connection, so that the same ports can be used afresh; and the router who
   * was silent: of several IPv6 defaults it takes none whose gateway was, until it asks that one again a minute later.
   */
  forgetConnections(): Promise<void>;
  tearDown(): Promise<void>;
}

export interface LabOptions {
  /** How to start the agent program; default: the one beside the program that runs. */
  readonly agent?: readonly string[];
}

/** Builds the machines of a topology. Whoever calls it tears the lab down; `withLab` does so in every case. */
export async function buildLab(host: Host, topology: Topology, options: LabOptions = {}): Promise<Lab> {
  await sweep(host);
  const lab = makeLab(host, topology, newLabName(host), options.agent ?? agentBeside(host));
  try {
    await lab.build();
  } catch (error) {
    await lab.tearDown();
    throw error;
  }
  return lab;
}

/** Takes away what killed labs left behind. */
async function sweep(host: Host): Promise<void> {
  const { namespaces, directories } = leftOvers(host);
  if (namespaces.length > 0) await deleteNamespaces(host, namespaces);
  await removeTrees(host, directories);
}

/** The agent program beside the bundle. */
function agentBeside(host: Host): readonly string[] {
  const [node, ...words] = host.self();
  const program = host.resolvePath(words.at(-1) ?? '', '../agent.cjs');
  if (host.readFile(program) === undefined)
    throw new LabError("the lab's agent program is missing; build it with: npm run build");
  return [node, program];
}

function makeLab(host: Host, topology: Topology, name: string, program: readonly string[]) {
  const places = placesOf(topology);
  const agents = new Map<string, Agent>();
  const directory = `${LAB_DIRECTORY}/${name}`;
  let over = false;
  const namespace = (place: Place): string => namespaceOf(name, place);

  const exec: Lab['exec'] = (place, command, args, options) => {
    if (over) throw new LabError('the lab has been taken down');
    return host.run('ip', ['netns', 'exec', namespace(place), command, ...args], options);
  };
  const agent = (place: Place, uid?: number): Agent => {
    if (over) throw new LabError('the lab has been taken down');
    const key = `${place} ${uid ?? ''}`;
    const running = agents.get(key) ?? startAgent(host, namespace(place), program, uid);
    agents.set(key, running);
    return running;
  };
  const atIsp =
    (wan: string): RunAtIsp =>
    (command, args, options) =>
      exec(`isp ${wan}`, command, args, options);

  const build = async (): Promise<void> => {
    host.makeDirectory(directory, 0o700);
    const add = places.map((place) => `netns add ${namespace(place)}\n`).join('');
    await sure(host.run('ip', ['-batch', '-'], { input: add }));
    await Promise.all(places.map((place) => sure(exec(place, 'sysctl', ['-qw', ...sysctls(place)]))));
    await sure(host.run('ip', ['-batch', '-'], { input: cableBatch(name, topology) }));
    await Promise.all(
      places.map((place) =>
        sure(host.run('ip', ['-n', namespace(place), '-batch', '-'], { input: placeBatch(topology, place) })),
      ),
    );
    await Promise.all(
      ['-4', '-6'].map((family) =>
        sure(
          host.run('ip', [family, '-n', namespace('internet'), '-batch', '-'], {
            input: internetPolicyBatch(topology),
          }),
        ),
      ),
    );
    await sure(exec('internet', 'nft', ['-f', '-'], { input: internetRules(topology) }));
    await openInternet(topology, agent('internet'));
  };

  const tearDown = async (): Promise<void> => {
    over = true;
    await Promise.all([...agents.values()].map((one) => one.close()));
    await endProcesses(host, namespace('router'));
    await deleteNamespaces(host, places.map(namespace));
    await removeTrees(host, [directory]);
  };

  return {
    topology,
    directory,
    namespace,
    exec,
    agent,
    build,
    tearDown,
    cut: async (wan: string, fault: Fault) => sure(breakIsp(atIsp(wan), fault)),
    mend: async (wan: string) => sure(mendIsp(atIsp(wan), placeBatch(topology, `isp ${wan}`))),
    counters: async () => readCounters(topology, await exec('internet', 'nft', ['-j', 'list', 'counters'])),
    forgetConnections: async () => {
      await Promise.all([
        sure(exec('internet', 'conntrack', ['-F'])),
        sure(exec('router', 'conntrack', ['-F'])),
        sure(exec('router', 'ip', ['neigh', 'flush', 'nud', 'failed', 'nud', 'incomplete'])),
      ]);
    },
  };
}

/** What each machine needs before it has devices. The router is left as the kernel makes it: apply is to set it up. */
function sysctls(place: Place): readonly string[] {
  // Duplicate address detection would hold every IPv6 address back for a second.
  const always = ['net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0'];
  const open = ['net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'];
  // A rehearsal asks one host's question many times a second, and each refusal is to be heard.
  const heard = ['net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0'];
  // A rule may ask for a user's connections and for low ports at once.
  const anyPort = 'net.ipv4.ip_unprivileged_port_start=0';
  // Without it only root may ping where the program has no capability of its own.
  const anyPing = 'net.ipv4.ping_group_range=0 2147483647';
  if (place === 'router') return [...always, ...heard, anyPort, anyPing];
  // Addresses survive a cable that is cut, as on a real ISP's router.
  const kept = ['net.ipv6.conf.default.keep_addr_on_down=1', 'net.ipv6.conf.all.keep_addr_on_down=1'];
  // Its table of every address makes each source look like one of its own.
  if (place === 'internet') return [...always, ...open, 'net.ipv4.conf.all.accept_local=1'];
  if (!place.startsWith('isp ')) return [...always, ...open];
  return [...always, ...open, ...kept, 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
}

/** A listener per ISP: TCP at every address; UDP at the address a redirected packet has, which its answer must carry. */
async function openInternet(topology: Topology, internet: Agent): Promise<void> {
  const listening = topology.wans.flatMap((wan, index) => {
    const port = listenerPort(index);
    const udp = wan.links.map((link) =>
      internet.ask({
        op: 'listen',
        protocol: 'udp',
        at: { address: transitAddress(topology, link.family, index, 'internet'), port },
        via: wan.name,
      }),
    );
    return [
      internet.ask({ op: 'listen', protocol: 'tcp', at: { address: '::', port }, via: wan.name }),
      ...udp,
    ];
  });
  await Promise.all(listening);
}

function readCounters(topology: Topology, listed: ProcessResult): Readonly<Record<string, IspCounters>> {
  const { nftables } = JSON.parse(listed.stdout) as {
    nftables: readonly { counter?: { name: string; packets: number } }[];
  };
  const packets = (name: string): number =>
    nftables.find((item) => item.counter?.name === name)?.counter?.packets ?? 0;
  return Object.fromEntries(
    topology.wans.map((wan, index) => [
      wan.name,
      { arrived: packets(`arrived${index}`), strayed: packets(`strayed${index}`) },
    ]),
  );
}

/** Programs that the router's own commands left running; they are in our namespace, so they are ours. */
async function endProcesses(host: Host, namespace: string): Promise<void> {
  const listed = await host.run('ip', ['netns', 'pids', namespace]);
  const pids = listed.stdout.split('\n').filter((pid) => pid !== '');
  if (pids.length > 0) await host.run('kill', ['-KILL', ...pids]);
}

/** `-force`: goes on behind a namespace that is not there. */
async function deleteNamespaces(host: Host, names: readonly string[]): Promise<void> {
  const batch = names.map((name) => `netns del ${name}\n`).join('');
  await host.run('ip', ['-force', '-batch', '-'], { input: batch });
}

async function removeTrees(host: Host, directories: readonly string[]): Promise<void> {
  if (directories.length > 0) await host.run('rm', ['-rf', '--', ...directories]);
}

async function sure(running: Promise<ProcessResult>): Promise<void> {
  const result = await running;
  if (result.code === 0) return;
  throw new LabError(result.stderr.trim() || `a program of the lab ended with ${result.code}`);
}

/** Builds a lab, uses it, and takes it down in every case, also when this process is asked to end. */
export async function withLab<T>(
  host: Host,
  topology: Topology,
  use: (lab: Lab) => Promise<T>,
  options: LabOptions = {},
): Promise<T> {
  let lab: Lab | undefined;
  let interrupted = false;
  const release = host.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () => {
    interrupted = true;
    void lab?.tearDown();
  });
  try {
    lab = await buildLab(host, topology, options);
    if (interrupted) throw new LabError('interrupted');
    return await use(lab);
  } catch (error) {
    throw interrupted ? new LabError('interrupted; the lab has been taken down') : error;
  } finally {
    await lab?.tearDown();
    release();
  }
}
