import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A router with as many WANs as are asked for, and one neighbour that is every ISP: cheap enough for 64 of them. */
export interface Farm {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a program in the router; throws when it fails. */
  inRouter(program: string, ...words: readonly string[]): string;
  inProvider(program: string, ...words: readonly string[]): string;
  /** Words that run a command of polywan in the router. */
  command(...words: readonly string[]): readonly [string, ...string[]];
  /** Starts the daemon, and gives it when it watches; with `words` after its own. */
  startDaemon(...words: readonly string[]): Promise<FarmDaemon>;
  end(): void;
}

export interface FarmDaemon {
  readonly pid: number;
  said(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface FarmSite {
  readonly wans: number;
  /** Hosts behind every WAN that answer pings; each is a probe of each. */
  readonly targets: number;
  readonly intervalMs: number;
  readonly backend?: 'nftables' | 'iptables';
  readonly env?: Readonly<Record<string, string>>;
  /** Of this checkout. */
  readonly root: string;
}

/** Starting 192 pings takes a busy machine its time. */
const PATIENCE_MS = 60_000;

export function makeFarm(choice: FarmSite): Farm {
  const folder = mkdtempSync(join(tmpdir(), 'polywan-farm-'));
  const [router, provider] = [`pwfarm${process.pid}r`, `pwfarm${process.pid}p`];
  const env = environment(folder, choice.env);
  const daemons = new Set<ChildProcess>();
  const within = (name: string, program: string, words: readonly string[], input = ''): string =>
    sure('ip', ['netns', 'exec', name, program, ...words], { env, input });
  for (const name of [router, provider]) sure('ip', ['netns', 'add', name]);
  for (const name of [router, provider]) within(name, 'sysctl', ['-qw', ...QUIET]);
  within(router, 'ip', ['-batch', '-'], linksText(choice, provider));
  within(provider, 'ip', ['-batch', '-'], providerText(choice));
  writeSite(folder, choice);
  const command = (...words: readonly string[]): readonly [string, ...string[]] => {
    const [name = '', ...rest] = words;
    const program = [join(choice.root, 'bin/polywan'), name];
    return ['ip', 'netns', 'exec', router, ...program, '-c', join(folder, 'polywan.yaml'), ...rest];
  };
  return {
    folder,
    env,
    inRouter: (program, ...words) => within(router, program, words),
    inProvider: (program, ...words) => within(provider, program, words),
    command,
    startDaemon: async (...words) => {
      const [program, ...rest] = command('monitor', ...words);
      const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      daemons.add(child);
      return watching(child);
    },
    end: () => {
      for (const child of daemons) child.kill('SIGKILL');
      for (const name of [router, provider]) {
        spawnSync('sh', ['-c', `ip netns pids ${name} | xargs -r kill -9`]);
        spawnSync('ip', ['netns', 'del', name]);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function environment(folder: string, extra: FarmSite['env']): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...kept } = process.env;
  mkdirSync(join(folder, 'root'));
  return {
    ...kept,
    POLYWAN_STATE_DIR: join(folder, 'state'),
    POLYWAN_ROOT: join(folder, 'root'),
    ...extra,
  };
}

async function watching(child: ChildProcess): Promise<FarmDaemon> {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const ended = new Promise((done) => child.once('close', done));
  for (const end = Date.now() + PATIENCE_MS; !/^watching/m.test(text); ) {
    if (Date.now() > end || child.exitCode !== null) throw new Error(`the daemon does not watch: ${text}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return {
    // `ip netns exec` becomes what it runs.
    pid: child.pid ?? -1,
    said: () => text,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
    },
  };
}

/** Strict reverse paths would drop what comes by the second of two WANs; ICMP of one host is limited by the kernel. */
const QUIET: readonly string[] = [
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv4.icmp_ratemask=0',
];

/** /29s of two documentation networks; 64 WANs need 64 of them. */
function pairOf(index: number): { readonly own: string; readonly gateway: string } {
  const network = index < 32 ? '198.51.100' : '203.0.113';
  const first = (index % 32) * 8;
  return { own: `${network}.${first + 2}`, gateway: `${network}.${first + 1}` };
}

function targetOf(index: number): string {
  return `192.0.2.${200 + index}`;
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function linksText({ wans }: FarmSite, provider: string): string {
  const lines = numbers(wans).flatMap((index) => {
    const { own, gateway } = pairOf(index);
    return [
      `link add wan${index} type veth peer name isp${index} netns ${provider}`,
      `address add ${own}/29 dev wan${index}`,
      `link set wan${index} up`,
      `route add default via ${gateway} dev wan${index} metric ${100 + index}`,
    ];
  });
  const lan = ['link set lo up', 'link add lan0 type bridge', 'address add 192.0.2.1/25 dev lan0'];
  return `${[...lan, 'link set lan0 up', ...lines].join('\n')}\n`;
}

function providerText({ wans, targets }: FarmSite): string {
  const lines = [
    'link set lo up',
    ...numbers(targets).map((index) => `address add ${targetOf(index)}/32 dev lo`),
    ...numbers(wans).flatMap((index) => [
      `address add ${pairOf(index).gateway}/29 dev isp${index}`,
      `link set isp${index} up`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function writeSite(folder: string, { wans, targets, intervalMs, backend = 'nftables' }: FarmSite): void {
  const members = numbers(wans)
    .map((index) => `{ wan: w${index}, tier: ${index + 1} }`)
    .join(', ');
  const probes = numbers(targets)
    .map((index) => `{ ping: ${targetOf(index)} }`)
    .join(', ');
  mkdirSync(join(folder, 'profiles'));
  for (const index of numbers(wans))
    writeFileSync(
      join(folder, 'profiles', `w${String(index).padStart(2, '0')}.yaml`),
      `name: w${index}\ninterface: wan${index}\nfamilies: ipv4\nmasquerade: ipv4\nprobes: [${probes}]\nhealth: { interval: ${intervalMs}ms }\n`,
    );
  writeFileSync(
    join(folder, 'polywan.yaml'),
    `version: 1\nbackend: ${backend}\nlan: [lan0]\npolicies:\n  all: { members: [${members}] }\nsteering: [{ name: rest, policy: all }]\n`,
  );
}

function sure(
  program: string,
  words: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
  return stdout;
}
