// Makes dist/polywan.cjs (the program in one file), snapshots of the Node that runs this with it loaded, which bin/polywan
// starts from, dist/start.cjs (which runs that file where no snapshot does) and dist/agent.cjs (what runs inside the machines of `polywan rehearse`).
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { withoutCodeCache } from './scripts/without-code-cache.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

// As package.json says; process.getBuiltinModule is what others lack.
const [major, minor] = process.versions.node.split('.').map(Number);
if (!(major > 22 || (major === 22 && minor >= 3) || (major === 20 && minor >= 19))) {
  process.stderr.write(
    `build.mjs: Node 20.19, or 22.3 or newer is needed, and this is ${process.versions.node}\n`,
  );
  process.exit(3);
}

/** Small, since a start takes time by the size of what is read. Where stack traces point to in the sources, the map tells. */
async function bundle(entryPoint, options = {}) {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    outdir: 'dist',
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minify: true,
    legalComments: 'none',
    // A dynamic import would need a loader that vm.Script does not have.
    supported: { 'dynamic-import': false },
    ...options,
  });
  return outputFiles.map(({ text }) => text);
}

/** Whole or not at all: a polywan that starts while it is built finds one or the other. */
function replace(path, text) {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

const SITE = 'profiles/sites/home/polywan.yaml';
/** Marks and policy rules, with a mistake to tell. */
const ROUTER = 'build/router';

const [[map, program], [start], [agent]] = await Promise.all([
  // bin/polywan reads the version there.
  bundle('src/cli/entry.ts', {
    banner: { js: `//polywan ${version}` },
    sourcemap: 'external',
    sourcesContent: false,
  }),
  bundle('src/host/start.ts'),
  bundle('src/host/agent.ts'),
]);
mkdirSync('dist', { recursive: true });
replace('dist/agent.cjs', agent);
replace('dist/start.cjs', start);
replace('dist/polywan.cjs.map', map);
replace('dist/polywan.cjs', program);

const A_DAY_MS = 86_400_000;

// Node refuses a snapshot on a processor with other features, which the kernel lists there.
const PROCESSOR = '/sys/devices/system/cpu/modalias';
// Laying out every table of the snapshot anew, by a seed of the process's own, is a sixth of the start. Node asks for the same
// flags when it starts from a snapshot as when it took it, and not every Node can be told.
const FLAGS = ['--no-rehash-snapshot'];

rmSync('dist/polywan.cjs.snapshots', { force: true });
// One for each kind of command: starting from a snapshot takes time by its size.
const onPaper = [['trace', '-c', SITE, '--dst', '203.0.113.9']];
const flags = [FLAGS, []].find((each) => takeSnapshot('trace', each, onPaper)) ?? [];
// Names in others' rules could be made to meet in one place of tables that are laid out the same in every process.
takeSnapshot('lint', [], [['lint', SITE, ROUTER]]);
// The second apply finds nothing to do, and so finds it out another way. Who may make no network namespace does what needs none.
const onRouter = ['apply', 'apply', 'plan', 'remove'].map((command) => [command, '-c', SITE]);
const anywhere = [
  ['render', '-c', SITE],
  ['lint', ROUTER],
];
if (!takeSnapshot('apply', flags, onRouter, inNewRouter)) takeSnapshot('apply', flags, anywhere);
// What bin/polywan reads before it starts from one.
if (existsSync(PROCESSOR))
  replace('dist/polywan.cjs.snapshots', `${readFileSync(PROCESSOR, 'utf8')}${flags.join(' ')}\n`);

/**
 * Keeps a process that has run these commands; whether that went well and it starts again, and without one polywan only
 * starts slower. It gets the time of the Node it is of, by which bin/polywan knows whether it fits.
 */
function takeSnapshot(kind, flags, commands, within = (words) => words) {
  const snapshot = resolve(`dist/polywan.cjs.${kind}.snapshot`);
  rmSync(snapshot, { force: true });
  // Where all files have the time of the epoch (Nix), it tells no Node from another.
  if (statSync(process.execPath).mtimeMs < A_DAY_MS) return false;
  const made = `${snapshot}.${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), 'polywan-build-'));
  const { NODE_OPTIONS: _options, ...kept } = process.env;
  const env = { ...kept, POLYWAN_STATE_DIR: join(folder, 'state'), POLYWAN_ROOT: folder };
  const program = resolve('dist/polywan.cjs');
  const node = [process.execPath, ...flags, '--snapshot-blob'];
  const succeeds = ([first, ...rest]) => spawnSync(first, rest, { stdio: 'ignore', env }).status === 0;
  const starts = (snapshot) => succeeds([...node, snapshot, program, '--help']);
  const taken =
    succeeds(within([...node, made, '--build-snapshot', program, JSON.stringify(commands)])) && starts(made);
  if (taken) shorten(made, starts);
  rmSync(folder, { recursive: true });
  if (!taken) {
    rmSync(made, { force: true });
    return false;
  }
  spawnSync('touch', ['-r', process.execPath, made]);
  renameSync(made, snapshot);
  return true;
}

/** Takes away what no start needs, where this Node starts from the rest. */
function shorten(snapshot, starts) {
  const rest = withoutCodeCache(readFileSync(snapshot));
  if (rest === undefined) return;
  const short = `${snapshot}.short`;
  writeFileSync(short, rest);
  if (starts(short)) renameSync(short, snapshot);
  else rmSync(short);
}

/**
 * A command on a router with the site's devices, in a network namespace that nobody else sees and that ends with it.
 */
function inNewRouter(words) {
  const addresses = { lan0: '172.17.0.1', wan0: '192.0.2.9', wan1: '198.51.100.9', wwan0: '203.0.113.9' };
  const devices = Object.entries(addresses).flatMap(([name, address]) => [
    `link add ${name} type veth peer name ${name}p`,
    `link set ${name} up`,
    `link set ${name}p up`,
    `address add ${address}/24 dev ${name}`,
  ]);
  const batch = [...devices, 'route add default via 203.0.113.1 dev wwan0'].join('\n');
  const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
  const shell = `echo '${batch}' | ip -batch - && exec "$@"`;
  return ['unshare', ...asRoot, '--net', 'sh', '-c', shell, 'sh', ...words];
}
