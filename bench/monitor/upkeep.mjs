// What the daemon costs while nothing happens.
import { setTimeout as pause } from 'node:timers/promises';
import { printTable } from '../measure.mjs';
import { load, ROOT } from './load.mjs';
import { memoryOf, processorMs, spent } from './usage.mjs';

const SECONDS = Number(process.env.POLYWAN_BENCH_SECONDS ?? 60);

/** WANs, targets, interval, target in per cent of a core. */
const CASES = [
  [2, 2, 500, 1],
  [8, 1, 200, 1.5],
  [8, 2, 200, '-'],
];
const FRONTENDS = {
  nftables: { backend: 'nftables' },
  'iptables-nft': { backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-nft' } },
  'iptables-legacy': { backend: 'iptables', env: { POLYWAN_IPTABLES: 'iptables-legacy' } },
};

async function measure(makeFarm, frontend, [wans, targets, intervalMs, target]) {
  const farm = makeFarm({ root: ROOT, wans, targets, intervalMs, ...FRONTENDS[frontend] });
  try {
    const { pid } = await farm.startDaemon();
    // The engine compiles what runs often for about a minute.
    await pause(75_000);
    const before = processorMs(pid);
    await pause(SECONDS * 1000);
    const { daemon, children, byProgram } = spent(before, processorMs(pid));
    const { resident, proportional } = memoryOf(pid);
    const percent = (ms) => `${(ms / SECONDS / 10).toFixed(2)} %`;
    const programs = Object.entries(byProgram)
      .filter(([, ms]) => ms >= 1)
      .map(([name, ms]) => `${name} ${percent(ms)}`)
      .join(', ');
    const what = `${frontend}, ${wans} WANs × ${targets}, ${intervalMs} ms`;
    return [
      what,
      percent(daemon + children),
      `${target} %`,
      percent(daemon),
      programs,
      resident,
      proportional,
    ];
  } finally {
    farm.end();
  }
}

export async function upkeep() {
  const { makeFarm } = await load('test/kernel/monitor/farm.ts');
  const rows = [];
  for (const frontend of Object.keys(FRONTENDS))
    for (const each of frontend === 'nftables' ? CASES : CASES.slice(0, 1))
      rows.push(await measure(makeFarm, frontend, each));
  printTable(
    `the monitor while nothing happens, share of a core over ${SECONDS} s (floors: 8 pings at 200 ms and node 1.0 %; memory target 60 MB)`,
    ['', 'all', 'target', 'daemon', 'children', 'MB', 'PSS MB'],
    rows,
  );
}
