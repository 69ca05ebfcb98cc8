// Whole-process times of apply, a second apply, plan and start, beside the bare tools fed with the same text.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countProcesses, median, once, peakMemory, printTable } from './measure.mjs';
import { makeRouter } from './router.mjs';

const RUNS = 15;
const BIN = join(import.meta.dirname, '..', 'bin', 'polywan');
const PROGRAMS = [
  'ip',
  'nft',
  'iptables-save',
  'ip6tables-save',
  'iptables-restore',
  'conntrack',
  'ipset',
  'sysctl',
];

/** Runs in the router's namespace; entering it costs the same 2–3 ms on both sides. */
function inside(router, ...words) {
  return (env = router.env, allowed = [0]) =>
    once('ip', ['netns', 'exec', router.name, BIN, ...words, '-c', router.site], {
      env,
      allowed,
    });
}

/** The same routes, rules and table through one `ip -batch` and one `nft -f`, as they are rendered. */
function floor(router) {
  const { stdout } = inside(router, 'render', '--live', '--json')();
  const text = (name) => JSON.parse(stdout).find((part) => part.name === name).text;
  const ip4 = text('ip4.batch');
  const nft = text('nft');
  const feed = (program, args, input) =>
    once('ip', ['netns', 'exec', router.name, program, ...args], { input });
  return {
    ip4,
    load: () => ({ ms: feed('ip', ['-4', '-batch', '-'], ip4).ms + feed('nft', ['-f', '-'], nft).ms }),
  };
}

async function measure(wans) {
  const router = makeRouter(wans);
  try {
    const apply = inside(router, 'apply');
    const remove = warmRemove(router);
    const bare = median(RUNS, floor(router).load, () => wipe(router));
    wipe(router);
    const first = median(RUNS, apply, remove);
    // The next run works everything out once more; those behind it know that nothing has changed since.
    const next = median(RUNS, apply, () => {
      remove();
      apply();
    });
    const again = median(RUNS, apply);
    const plan = median(RUNS, inside(router, 'plan'));
    remove();
    const processes = countProcesses(PROGRAMS, (env) => apply({ ...router.env, PATH: env.PATH })) - 1;
    remove();
    const memory = await peakMemoryIn(router);
    return [String(wans), bare, first, first - bare, next, again, plan, String(processes), memory];
  } finally {
    router.close();
  }
}

/** Takes everything away but what is known of nft's features, as on a machine where polywan has run since it started. */
function warmRemove(router) {
  const known = join(router.env.POLYWAN_STATE_DIR, 'backend.json');
  inside(router, 'plan')();
  const features = readFileSync(known);
  const remove = inside(router, 'remove');
  return () => {
    remove();
    writeFileSync(known, features);
  };
}

function wipe(router) {
  const run = (...args) => once('ip', ['netns', 'exec', router.name, ...args], { allowed: [0, 1, 2, 255] });
  run('ip', 'rule', 'flush', 'protocol', '87');
  run('ip', 'route', 'flush', 'table', 'all', 'protocol', '87');
  run('nft', 'flush', 'ruleset');
}

function peakMemoryIn(router) {
  const words = ['netns', 'exec', router.name, BIN, 'apply', '-c', router.site];
  return peakMemory('ip', words, { env: router.env });
}

const rows = [];
for (const wans of [2, 8, 64]) rows.push(await measure(wans));
printTable(
  'apply, ms (median of 15, whole process, in a namespace)',
  ['WANs', 'floor', 'apply', 'over', '1st no-op', 'no-op', 'plan', 'processes', 'peak MB'],
  rows,
);

const clean = { ...process.env };
delete clean.NODE_EXTRA_CA_CERTS;
const empty = median(RUNS, () => once(process.execPath, ['-e', '0'], { env: clean }));
const version = median(RUNS, () => once(BIN, ['--version'], { env: clean }));
printTable('start, ms', ['', 'node -e 0', '--version', 'ratio'], [['', empty, version, version / empty]]);
