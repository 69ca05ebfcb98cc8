// Timing and counting of whole processes, for every benchmark.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds of one run; a failing program ends the benchmark with what it said. */
export function once(program, args, options = {}) {
  const start = process.hrtime.bigint();
  const result = spawnSync(program, args, { encoding: 'utf8', ...options });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  const allowed = options.allowed ?? [0];
  if (result.error !== undefined || !allowed.includes(result.status)) {
    throw new Error(`${program} ${args.join(' ')}: ${result.error ?? result.stderr}`);
  }
  return { ms, stdout: result.stdout };
}

/** Median milliseconds; `before` runs untimed ahead of each. */
export function median(runs, timed, before = () => undefined) {
  const times = [];
  for (let run = 0; run < runs; run += 1) {
    before();
    times.push(timed().ms);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

/** Programs a run starts, counted by stand-ins in PATH that write a line and become the real one. */
export function countProcesses(names, run) {
  const folder = mkdtempSync(join(tmpdir(), 'polywan-bench-'));
  const log = join(folder, 'log');
  writeFileSync(log, '');
  for (const name of names) {
    const real = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (real === '') continue;
    writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >> ${log}\nexec ${real} "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  run({ ...process.env, PATH: `${folder}:${process.env.PATH}` });
  const count = readFileSync(log, 'utf8').split('\n').filter(Boolean).length;
  rmSync(folder, { recursive: true });
  return count;
}

/** Peak resident memory of a program in MB, as the kernel has it shortly before the end. Asked every millisecond. */
export async function peakMemory(program, args, { env = process.env, allowed = [0] } = {}) {
  const child = spawn(program, args, { env, stdio: 'ignore' });
  let kilobytes = 0;
  const timer = setInterval(() => {
    kilobytes = Math.max(kilobytes, peakOf(child.pid));
  }, 1);
  const code = await new Promise((ended) => child.on('exit', ended));
  clearInterval(timer);
  if (!allowed.includes(code)) throw new Error(`${program} ${args.join(' ')} ends with ${code}`);
  return kilobytes / 1024;
}

/** In kilobytes; 0 for a process that has just ended (VmHWM of proc(5)). */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Prints rows under their headings, each column as wide as its widest cell. */
export function printTable(title, headings, rows) {
  const cells = [
    headings,
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell))),
  ];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => String(row[column]).length)));
  console.log(`\n${title}`);
  for (const row of cells) {
    console.log(
      row
        .map((cell, at) => (at === 0 ? String(cell).padEnd(widths[at]) : String(cell).padStart(widths[at])))
        .join('  '),
    );
  }
}
