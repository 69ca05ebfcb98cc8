// Two ISPs, a router that polywan watches, a client and an internet: what a user of the router notices.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { load, ROOT } from './load.mjs';

const CLIENT = '192.0.2.10';
export const SERVER = '203.0.113.9';
/** Hosts that answer pings, one for each WAN; the second is on every ISP's way, too. */
const TARGETS = { fiber: '203.0.113.101', cable: '203.0.113.102' };

export const FRONTENDS = ['nftables', 'iptables-nft', 'iptables-legacy'];

const wan = (name, device, address, gateway, metric) => ({
  name,
  interface: device,
  links: [{ family: 'ipv4', address, gateway, length: 26, routed: [], more: [], metric }],
});
const TOPOLOGY = {
  wans: [
    wan('fiber', 'wan0', '198.51.100.2', '198.51.100.1', 100),
    wan('cable', 'wan1', '198.51.100.130', '198.51.100.129', 101),
  ],
  lans: [
    {
      interface: 'lan0',
      networks: [{ family: 'ipv4', router: '192.0.2.1', length: 25, clients: [CLIENT] }],
    },
  ],
  internet: { ipv4: SERVER },
  transit: { ipv4: { family: 'ipv4', address: '203.0.113.240', length: 28 } },
};

/** New connections take fiber, and cable when it fails; those to port 8000 take cable all the time. */
export async function benchLab(frontend, health) {
  const { buildLab, nodeHost } = await load('src/lab/lab.ts', 'src/host/node.ts');
  const agent = [process.execPath, join(ROOT, 'dist/agent.cjs')];
  const lab = await buildLab(nodeHost(), TOPOLOGY, { agent });
  for (const target of Object.values(TARGETS))
    await lab.exec('internet', 'ip', ['address', 'add', `${target}/32`, 'dev', 'lo']);
  // In memory, as /run is: what syncing a disk costs is nobody's figure.
  const folder = mkdtempSync('/run/polywan-bench-');
  writeSite(folder, frontend, health);
  const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    POLYWAN_STATE_DIR: join(folder, 'state'),
    POLYWAN_ROOT: join(folder, 'root'),
    ...(frontend === 'nftables' ? {} : { POLYWAN_IPTABLES: frontend }),
  };
  const namespace = (place) => lab.namespace(place);
  const faults = Object.fromEntries(
    Object.keys(TARGETS).map((name) => [name, faultOf(namespace(`isp ${name}`))]),
  );
  const words = ['netns', 'exec', namespace('router'), join(ROOT, 'bin/polywan')];
  const daemon = spawn('ip', [...words, 'monitor', '-c', join(folder, 'polywan.yaml')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const log = () =>
    readFileSync(join(folder, 'state/log.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const status = () => {
    const { stdout } = spawnSync('ip', [...words, 'status', '--json', '-c', join(folder, 'polywan.yaml')], {
      env,
      encoding: 'utf8',
    });
    try {
      return JSON.parse(stdout).monitor ?? undefined;
    } catch {
      return undefined;
    }
  };
  const until = async (what, found) => {
    for (let tries = 0; tries < 1200; tries += 1, await pause(50)) {
      const value = found();
      if (value) return value;
    }
    throw new Error(
      `${what} did not come; the daemon's log:\n${log()
        .slice(-9)
        .map(({ text }) => text)
        .join('\n')}`,
    );
  };
  const ready = () =>
    until('a monitor that is at ease', () => {
      const now = status();
      return (
        now?.wans.every(({ health: each }) => each === 'up') &&
        now.policies[0].active.ipv4[0]?.wan === 'fiber'
      );
    });
  return {
    folder,
    namespace,
    status,
    pid: daemon.pid,
    log,
    until,
    ready,
    /** Breaks or mends fiber; gives when that was told to the kernel. */
    fault: (kind) => faults.fiber.tell(kind),
    client: lab.agent('lan lan0'),
    from: { address: CLIENT },
    end: async () => {
      for (const each of Object.values(faults)) each.close();
      daemon.kill('SIGKILL');
      await lab.tearDown();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What breaks an ISP waits in its namespace already, so that the time of the fault is known to a millisecond. */
function faultOf(name) {
  const at = (...words) =>
    spawn('ip', ['netns', 'exec', name, ...words], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ip = at('ip', '-batch', '-');
  const nft = at('nft', '-i');
  const lines = {
    'carrier-down': [ip, 'link set customer down\n'],
    'carrier-up': [ip, 'link set customer up\nroute replace default dev uplink\n'],
    blackhole: [
      nft,
      'add table netdev fault; add chain netdev fault in { type filter hook ingress device "customer" priority 0; policy drop; }; add chain netdev fault out { type filter hook egress device "customer" priority 0; policy drop; }\n',
    ],
    'blackhole-over': [nft, 'delete table netdev fault\n'],
  };
  return {
    tell: (kind) => {
      const [child, line] = lines[kind];
      const now = Date.now();
      child.stdin.write(line);
      return now;
    },
    close: () => {
      ip.kill();
      nft.kill();
    },
  };
}

function writeSite(folder, frontend, health) {
  const backend = frontend === 'nftables' ? 'nftables' : 'iptables';
  const profile = (name, device) =>
    writeFileSync(
      join(folder, `${name}.yaml`),
      `name: ${name}\ninterface: ${device}\nfamilies: ipv4\nmasquerade: ipv4\nprobes: [{ ping: ${TARGETS[name]} }]\nhealth: ${health}\n`,
    );
  profile('fiber', 'wan0');
  profile('cable', 'wan1');
  writeFileSync(
    join(folder, 'polywan.yaml'),
    `version: 1
backend: ${backend}
lan: [lan0]
profiles: [fiber.yaml, cable.yaml]
policies:
  all: { members: [{ wan: fiber }, { wan: cable, tier: 2 }], failback_after: 0s }
  fixed: { members: [{ wan: cable }] }
steering:
  - { name: fixed, protocol: tcp, destination_port: 8000, policy: fixed }
  - { name: rest, policy: all }
`,
  );
}

export function medianOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
