// What a forwarded packet of a known connection costs, by the last WAN, beside masquerade alone. Packets come from
// trafgen (Debian's netsniff-ng) in a client's namespace and are dropped as they reach the ISP's.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once, printTable } from './measure.mjs';
import { makeRouter } from './router.mjs';

const BIN = join(import.meta.dirname, '..', 'bin', 'polywan');
const PACKETS = 200_000;
const ROUNDS = 21;

if (spawnSync('trafgen', ['--version']).error !== undefined) {
  console.error('bench/forward needs trafgen: apt-get install netsniff-ng');
  process.exit(2);
}

/** Moves the far ends of lan0 and of the last WAN into namespaces of their own: a client and an ISP. */
function addPeers(router, wans) {
  const last = `wan${wans - 1}`;
  const peers = { client: `${router.name}c`, isp: `${router.name}i` };
  for (const name of Object.values(peers)) once('ip', ['netns', 'add', name]);
  once('ip', ['-n', router.name, 'link', 'set', 'lan0p', 'netns', peers.client]);
  once('ip', ['-n', router.name, 'link', 'set', `${last}p`, 'netns', peers.isp]);
  once('ip', ['-n', peers.client, 'link', 'set', 'lan0p', 'up']);
  once('ip', ['-n', peers.isp, 'link', 'set', `${last}p`, 'up']);
  const drop = `table netdev sink { chain in { type filter hook ingress device "${last}p" priority 0; counter drop\n}\n}\n`;
  once('ip', ['netns', 'exec', peers.isp, 'nft', '-f', '-'], { input: drop });
  // The gateway does not answer ARP any more: its address is written down.
  const gateway = JSON.parse(
    once('ip', ['-n', router.name, '-j', 'route', 'show', 'default', 'dev', last]).stdout,
  )[0].gateway;
  once('ip', [
    '-n',
    router.name,
    'neigh',
    'replace',
    gateway,
    'lladdr',
    '02:00:00:00:00:99',
    'dev',
    last,
    'nud',
    'permanent',
  ]);
  return {
    ...peers,
    last,
    close() {
      for (const name of Object.values(peers)) once('ip', ['netns', 'del', name]);
    },
  };
}

function macOf(namespace, device) {
  return JSON.parse(once('ip', ['-n', namespace, '-j', 'link', 'show', device]).stdout)[0].address;
}

/** One UDP flow of 64-byte packets from 192.0.2.100, whose steering rule names the last WAN. */
function writePackets(router) {
  const path = join(router.folder, 'packets.cfg');
  const to = macOf(router.name, 'lan0');
  writeFileSync(
    path,
    `{ eth(da=${to}, sa=02:00:00:00:00:01), ipv4(sa=192.0.2.100, da=192.0.2.254, ttl=64), udp(sp=4000, dp=5000), fill('x', 22) }\n`,
  );
  return path;
}

function send(peers, packets, count) {
  const words = ['--dev', 'lan0p', '--conf', packets, '--num', String(count), '--cpus', '1', '--qdisc-path'];
  const before = arrived(peers);
  const { ms } = once('ip', ['netns', 'exec', peers.client, 'trafgen', ...words]);
  return { ms, count: arrived(peers) - before };
}

/** A device that was moved sends nothing until the kernel has noticed its carrier, a second or two later. */
function waitForWay(peers, packets) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (send(peers, packets, 100).count >= 100) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  throw new Error('no packet leaves by the last WAN');
}

/** Nanoseconds of one round for each packet that arrived: a busy machine drops some before they are routed. */
function round(way) {
  const { ms, count } = send(way.peers, way.packets, PACKETS);
  if (count < PACKETS / 2) throw new Error(`only ${count} of ${PACKETS} packets left by the last WAN`);
  return (ms * 1e6) / count;
}

function arrived(peers) {
  const listed = once('ip', [
    'netns',
    'exec',
    peers.isp,
    'nft',
    '-j',
    'list',
    'table',
    'netdev',
    'sink',
  ]).stdout;
  const rule = JSON.parse(listed).nftables.find((entry) => entry.rule !== undefined).rule;
  return rule.expr[0].counter.packets;
}

/** A router that forwards by its last WAN, with a client and an ISP; `prepare` gives it its rules. */
function makeWay(wans, tag, prepare) {
  const router = makeRouter(wans, tag);
  const peers = addPeers(router, wans);
  const close = () => {
    peers.close();
    router.close();
  };
  const inRouter = (...words) => once('ip', ['netns', 'exec', router.name, ...words], { env: router.env });
  try {
    const packets = writePackets(router);
    inRouter('sysctl', '-qw', 'net.ipv4.ip_forward=1');
    prepare(router, peers, inRouter);
    waitForWay(peers, packets);
    // The flow counts as answered from here on, as an established one does.
    inRouter('conntrack', '-U', '-s', '192.0.2.100', '-p', 'udp', '-u', 'SEEN_REPLY');
    return { peers, packets, close };
  } catch (failure) {
    close();
    throw failure;
  }
}

/** Without polywan main's lowest metric decides: for this measure the last WAN's is the only default. */
function masquerade(router, peers, inRouter) {
  const only = `table ip nat { chain post { type nat hook postrouting priority srcnat; oifname "${peers.last}" masquerade\n}\n}\n`;
  once('ip', ['netns', 'exec', router.name, 'nft', '-f', '-'], { input: only });
  inRouter('ip', 'route', 'flush', 'default');
  const via = JSON.parse(
    once('ip', ['-n', router.name, '-j', 'neigh', 'show', 'dev', peers.last]).stdout,
  ).find((entry) => entry.state.includes('PERMANENT')).dst;
  inRouter('ip', 'route', 'add', 'default', 'via', via, 'dev', peers.last);
}

function polywan(router, _peers, inRouter) {
  inRouter(BIN, 'apply', '-c', router.site);
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Both routers take turns, so that what else the machine does weighs on both: the ratio is the middle one of the turns'. */
function measure(wans) {
  const bare = makeWay(wans, 'm', masquerade);
  try {
    const full = makeWay(wans, 'p', polywan);
    try {
      const turns = Array.from({ length: ROUNDS }, () => [round(bare), round(full)]);
      const ratio = middle(turns.map(([without, with_]) => with_ / without));
      return [
        String(wans),
        middle(turns.map(([without]) => without)),
        middle(turns.map(([, with_]) => with_)),
        ratio.toFixed(2),
      ];
    } finally {
      full.close();
    }
  } finally {
    bare.close();
  }
}

printTable(
  'a forwarded packet by the last WAN, ns',
  ['WANs', 'masquerade', 'polywan', 'ratio'],
  [2, 8, 64].map(measure),
);
