// Makes dist/polywan.cjs (one file for bin/polywan, with V8's code cache for the Node that runs this) and
// dist/agent.cjs (what runs inside the machines of `polywan rehearse`).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
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

const [program, agent] = await Promise.all(['src/cli/entry.ts', 'src/host/agent.ts'].map(bundle));
const id = createHash('sha256').update(program).digest('hex').slice(0, 16);
mkdirSync('dist', { recursive: true });
replace('dist/agent.cjs', agent);
replace(
  'dist/polywan.cjs',
  `//polywan ${version} ${id}\n${program}if (require.main === module) module.exports.finished.then(process.exit);\n`,
);

const { POLYWAN_STATE_DIR: _mine, ...env } = process.env;
for (const kind of ['apply', 'trace', 'lint']) {
  const cache = `dist/polywan.cjs.${kind}.cache`;
  rmSync(cache, { force: true });
  spawnSync(process.execPath, ['build/code-cache.cjs', resolve('dist/polywan.cjs'), kind], {
    stdio: 'ignore',
    env: { ...env, POLYWAN_STATE_DIR: resolve('dist/no-state') },
  });
  if (!existsSync(cache)) throw new Error('the program does not start: see bin/polywan --help');
}
