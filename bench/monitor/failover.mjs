// How long a client that connects every 20 ms goes without, from the fault on.
import { setTimeout as pause } from 'node:timers/promises';
import { printTable } from '../measure.mjs';
import { benchLab, FRONTENDS, medianOf, SERVER } from './lab.mjs';

const ROUNDS = Number(process.env.POLYWAN_BENCH_ROUNDS ?? 7);

/** A connect that takes so long lost its first packet: the kernel's own retry comes after a second. */
const SLOW_MS = 200;

const FAST = '{ interval: 200ms, fall: 3, rise: 3, damping: off, hold: 0s }';
const DEFAULTS = '{ rise: 3, damping: off, hold: 0s }';

/** Title, health, fault, its end, and what the client's gap and the decision are to be at most. */
const CASES = [
  ['blackhole, 200 ms × 3', FAST, 'blackhole', 'blackhole-over', 700, '-'],
  ['blackhole, defaults', DEFAULTS, 'blackhole', 'blackhole-over', 2300, '-'],
  ['carrier lost', FAST, 'carrier-down', 'carrier-up', 20, 50],
];

async function oneRound(running, [, , fault, over], round) {
  const { client, from } = running;
  await running.ready();
  const cadence = await client.ask({
    op: 'cadence-start',
    to: { address: SERVER, port: 443 },
    from,
    everyMs: 20,
    timeoutMs: 4000,
  });
  // Another moment between two probes each time.
  await pause(300 + ((round * 61) % 500));
  const at = running.fault(fault);
  const down = await running.until('the decision', () =>
    running.log().find(({ atMs, wan, to }) => atMs >= at && wan === 'fiber' && to === 'down'),
  );
  await pause(400);
  const attempts = await client.ask({ op: 'cadence-stop', cadence });
  running.fault(over);
  const bad = attempts.filter(
    ({ atMs, outcome, tookMs }) => atMs >= at - 20 && (outcome !== 'answered' || tookMs > SLOW_MS),
  );
  const last = bad.at(-1)?.atMs;
  const first = last === undefined ? at : attempts.find(({ atMs }) => atMs > last)?.atMs;
  return {
    decision: down.atMs - at,
    gap: first - at,
    failed: bad.filter(({ outcome }) => outcome !== 'answered'),
    slow: bad.filter(({ outcome }) => outcome === 'answered').length,
  };
}

async function measure(frontend, each) {
  const running = await benchLab(frontend, each[1]);
  try {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(running, each, round));
    const list = (name) => medianOf(rounds.map((found) => found[name]));
    const worst = Math.max(...rounds.map(({ gap }) => gap));
    const slow = rounds.reduce((sum, found) => sum + found.slow, 0);
    const failed = rounds.flatMap((found) => found.failed.map(({ outcome }) => outcome)).toSorted();
    const [title, , , , gap, decision] = each;
    return [
      `${frontend}, ${title}`,
      list('gap'),
      gap,
      worst,
      list('decision'),
      decision,
      failed.length === 0 ? '0' : `${failed.length} (${[...new Set(failed)].join(', ')})`,
      String(slow),
    ];
  } finally {
    await running.end();
  }
}

export async function failover() {
  const rows = [];
  for (const frontend of FRONTENDS) for (const each of CASES) rows.push(await measure(frontend, each));
  printTable(
    `a failure as a client sees it that connects every 20 ms: ms from the fault, median of ${ROUNDS} (floors: carrier lost 10 until known; blackhole 540 by a timer, 710 without; a prototype's client 760)`,
    ['', 'gap', 'target', 'worst', 'decision', 'target', 'failed', 'over 200 ms'],
    rows,
  );
}
