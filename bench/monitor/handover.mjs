// From the decision on, with a full table of connections: when packets move, and when the lost connections have ended.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { once, printTable } from '../measure.mjs';
import { benchLab, FRONTENDS, medianOf, SERVER } from './lab.mjs';

const ROUNDS = Number(process.env.POLYWAN_BENCH_ROUNDS ?? 7);
const CONNECTIONS = 100_000;
const HEALTH = '{ interval: 200ms, fall: 3, rise: 3, damping: off, hold: 0s }';
const PORT = 9999;

/** A datagram of a new flow every millisecond, that lives until the ISP. */
const SENDER = `use Socket; my $to = pack_sockaddr_in(${PORT}, inet_aton("${SERVER}"));
while (1) {
  socket(my $s, PF_INET, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_in(0, inet_aton("192.0.2.10"))) or die;
  setsockopt($s, IPPROTO_IP, 2, 2); send($s, "x", 0, $to); close $s; select(undef, undef, undef, 0.001);
}`;

/** Half of them are fiber's. */
function fillConntrack(running, marks) {
  const file = `/run/polywan-bench-${process.pid}`;
  const lines = Array.from({ length: CONNECTIONS }, (_, at) => {
    const source = `10.${at >> 14}.${(at >> 7) & 127}.${at & 127}`;
    return `-I -p udp -s ${source} -d ${SERVER} --sport ${1024 + (at % 60_000)} --dport 53 -t 600 -m ${marks[at % 2]}\n`;
  });
  writeFileSync(file, lines.join(''));
  const inRouter = (...words) =>
    once('ip', ['netns', 'exec', running.namespace('router'), ...words], { maxBuffer: 1e9, allowed: [0, 1] });
  inRouter('conntrack', '-F');
  inRouter('conntrack', '-R', file);
  rmSync(file);
  const count = Number(inRouter('conntrack', '-C').stdout);
  if (count < CONNECTIONS) throw new Error(`only ${count} connections could be made`);
}

async function oneRound(running, marks) {
  const { client, from } = running;
  await running.ready();
  fillConntrack(running, marks);
  const transfer = await client.ask({
    op: 'transfer-start',
    to: { address: SERVER, port: 443 },
    from,
    chunkBytes: 512,
    intervalMs: 20,
    timeoutMs: 20_000,
  });
  const others = await client.ask({
    op: 'cadence-start',
    to: { address: SERVER, port: 8000 },
    from,
    everyMs: 20,
    timeoutMs: 4000,
  });
  const inside = (place, ...words) =>
    spawn('ip', ['netns', 'exec', running.namespace(place), ...words], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const sniffer = inside(
    'isp cable',
    'tcpdump',
    '-i',
    'customer',
    '-n',
    '-tt',
    '-l',
    '--immediate-mode',
    '-c',
    '1',
    'udp',
    'port',
    String(PORT),
  );
  let seen = '';
  sniffer.stdout.setEncoding('utf8').on('data', (text) => {
    seen += text;
  });
  const sender = inside('lan lan0', 'perl', '-e', SENDER);
  await pause(700);
  if (seen !== '') throw new Error('the other WAN is used before the fault');
  const at = running.fault('carrier-down');
  let ended;
  let ending;
  while (ended === undefined && Date.now() - at < 20_000) {
    ended = (await client.ask({ op: 'transfer-status', transfer })).ended;
    ending = Date.now() - at;
    await pause(20);
  }
  // Looking costs a processor: not before all is over.
  await pause(Math.max(0, at + 1500 - Date.now()));
  const down = await running.until('the transition', () =>
    running
      .status()
      ?.transitions.findLast(({ atMs, wan, to }) => atMs >= at && wan === 'fiber' && to === 'down'),
  );
  const reset = await running.until('the reset', () =>
    running.log().find(({ atMs, kind }) => atMs >= at && kind === 'reset'),
  );
  sender.kill();
  sniffer.kill();
  await client.ask({ op: 'transfer-stop', transfer });
  const beside = (await client.ask({ op: 'cadence-stop', cadence: others })).filter(
    ({ atMs }) => atMs >= at - 20,
  );
  running.fault('carrier-up');
  return {
    moved: Number(seen.split(' ')[0]) * 1000 - down.atMs,
    reset: reset.atMs - down.atMs,
    ended: ended === 'reset' ? ending : Number.NaN,
    slowest: Math.max(...beside.map(({ tookMs }) => tookMs)),
    lost: beside.filter(({ outcome }) => outcome !== 'answered').length,
  };
}

async function measure(frontend) {
  const running = await benchLab(frontend, HEALTH);
  try {
    await running.ready();
    const applied = JSON.parse(readFileSync(join(running.folder, 'state/applied.json'), 'utf8'));
    const marks = ['fiber', 'cable'].map((name) => applied.wans.find((each) => each.name === name).mark);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(running, marks));
    const list = (name) => medianOf(rounds.map((found) => found[name]));
    const worst = (name) => Math.max(...rounds.map((found) => found[name]));
    const lost = rounds.reduce((sum, each) => sum + each.lost, 0);
    return [
      frontend,
      list('moved'),
      10,
      worst('moved'),
      list('reset'),
      1000,
      list('ended'),
      list('slowest'),
      worst('slowest'),
      String(lost),
    ];
  } finally {
    await running.end();
  }
}

export async function handover() {
  const rows = [];
  for (const frontend of FRONTENDS) rows.push(await measure(frontend));
  printTable(
    `from the decision on, with ${CONNECTIONS} connections of which half are lost: ms, median of ${ROUNDS} (floors: nft 3 or 0.5, conntrack -D 258, a TCP client's retransmission 750)`,
    [
      '',
      'first packet',
      'target',
      'worst',
      'all reset',
      'target',
      "a TCP client's reset",
      'connect beside',
      'worst',
      'lost beside',
    ],
    rows,
  );
}
