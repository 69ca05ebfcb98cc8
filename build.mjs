// Makes dist/polywan.cjs (one file for bin/polywan, with V8's code cache for the Node that runs this) and
// dist/agent.cjs (what runs inside the machines of `polywan rehearse`).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

async function bundle(entryPoint) {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    // Names stay readable in a stack trace; white space only costs reading time.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // yargs-parser makes a `require` of it.
    define: { 'import.meta.url': '__filename' },
    // A dynamic import would need a loader that vm.Script does not have.
    supported: { 'dynamic-import': false },
  });
  return outputFiles[0].text;
}

/** Whole or not at all: a polywan that starts while it is built finds one or the other. */
function replace(path, text) {
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}

/**
 * For commands that do each thing once: the optimising compiler would keep the second core busy with functions that are
 * done before it is, while ip and nft wait for that core. What is called a million times is still worth it.
 */
const ONE_SHOT_FLAGS = '--interrupt-budget=1000000';

const [program, agent] = await Promise.all(['src/cli/entry.ts', 'src/host/agent.ts'].map(bundle));
const id = createHash('sha256').update(program).digest('hex').slice(0, 16);
mkdirSync('dist', { recursive: true });
replace('dist/agent.cjs', agent);
replace(
  'dist/polywan.cjs',
  `//polywan ${version} ${id} ${ONE_SHOT_FLAGS}\n${program}if (require.main === module) module.exports.finished.then(process.exit);\n`,
);

const caches = { apply: warmedApply(), trace: [warmer('trace')], lint: [warmer('lint')] };
for (const [name, ways] of Object.entries(caches)) {
  const cache = resolve(`dist/polywan.cjs.${name}.cache`);
  rmSync(cache, { force: true });
  for (const way of ways) if (!existsSync(cache)) way(cache);
  if (!existsSync(cache)) throw new Error('the program does not start: see bin/polywan --help');
}

/** Runs commands in one process, which leaves their code in the cache. */
function warmer(kind, [program, ...args] = [process.execPath], input = '') {
  return (cache) => {
    const folder = mkdtempSync(join(tmpdir(), 'polywan-build-'));
    const env = { ...process.env, POLYWAN_STATE_DIR: join(folder, 'state'), POLYWAN_ROOT: folder };
    const words = [...args, 'build/code-cache.cjs', resolve('dist/polywan.cjs'), kind, cache];
    spawnSync(program, words, { stdio: ['pipe', 'ignore', 'ignore'], env, input });
    rmSync(folder, { recursive: true });
  };
}

/**
 * By an apply, on a router with the site's devices in a network namespace that nobody else sees and that ends with it. Who may
 * not make one warms what a plan takes.
 */
function warmedApply() {
  const addresses = { lan0: '172.17.0.1', wan0: '192.0.2.9', wan1: '198.51.100.9', wwan0: '203.0.113.9' };
  const devices = Object.entries(addresses).flatMap(([name, address]) => [
    `link add ${name} type veth peer name ${name}p`,
    `link set ${name} up`,
    `link set ${name}p up`,
    `address add ${address}/24 dev ${name}`,
  ]);
  const batch = `${[...devices, 'route add default via 203.0.113.1 dev wwan0'].join('\n')}\n`;
  const asRoot = process.getuid() === 0 ? [] : ['--map-root-user'];
  const shell = 'ip -batch - && exec "$0" "$@"';
  return [
    warmer('apply', ['unshare', ...asRoot, '--net', 'sh', '-c', shell, process.execPath], batch),
    warmer('plan'),
  ];
}
