// install.mjs install|uninstall [--root DIR]: puts polywan under DIR/usr/local, or takes away exactly what was put there.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const PROJECT = resolve(import.meta.dirname, '..');
// Not /usr: that is the package manager's, and Debian's systemd, man and bash-completion look here as well.
const PREFIX = 'usr/local';
const MANIFEST = `${PREFIX}/share/polywan/installed`;

/** From the project to below the prefix; a folder goes with all that is in it. */
const PARTS = [
  ['bin/polywan', 'bin/polywan'],
  ['dist/polywan.cjs', 'lib/polywan/polywan.cjs'],
  ['dist/polywan.cjs.map', 'lib/polywan/polywan.cjs.map'],
  ...['apply.snapshot', 'trace.snapshot', 'lint.snapshot', 'snapshots']
    .map((name) => `polywan.cjs.${name}`)
    // Where Node could take none, polywan starts without.
    .filter((name) => existsSync(join(PROJECT, 'dist', name)))
    .map((name) => [`dist/${name}`, `lib/polywan/${name}`]),
  ['dist/start.cjs', 'lib/polywan/start.cjs'],
  ['dist/agent.cjs', 'lib/polywan/agent.cjs'],
  ['man/polywan.8', 'share/man/man8/polywan.8'],
  ['man/polywan.yaml.5', 'share/man/man5/polywan.yaml.5'],
  ['man/polywan-checks.7', 'share/man/man7/polywan-checks.7'],
  ['completion/polywan.bash', 'share/bash-completion/completions/polywan'],
  ['systemd/polywan.service', 'lib/systemd/system/polywan.service'],
  ['systemd/polywan-monitor.service', 'lib/systemd/system/polywan-monitor.service'],
  ['profiles', 'share/polywan/profiles'],
  ['schema', 'share/polywan/schema'],
];

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

/** Makes a folder and those above it; gives the ones that were not there, outermost first. */
function makeFolders(root, folder) {
  const made = [];
  for (let at = folder; at !== '.' && !existsSync(join(root, at)); at = dirname(at)) made.unshift(at);
  mkdirSync(join(root, folder), { recursive: true });
  return made;
}

function install(root) {
  const files = PARTS.flatMap(([from, to]) =>
    filesBelow(join(PROJECT, from)).map((source) => [
      source,
      join(PREFIX, to, relative(join(PROJECT, from), source)),
    ]),
  );
  if (existsSync(join(root, MANIFEST))) uninstall(root);
  const folders = [...files.map(([, target]) => target), MANIFEST].flatMap((target) =>
    makeFolders(root, dirname(target)),
  );
  for (const [source, target] of files) {
    copyFileSync(source, join(root, target));
    // The time of a snapshot, to the nanosecond, tells which Node it fits.
    if (target.endsWith('.snapshot')) spawnSync('touch', ['-r', source, join(root, target)]);
    chmodSync(join(root, target), target === `${PREFIX}/bin/polywan` ? 0o755 : 0o644);
  }
  const lines = [...folders.map((path) => `${path}/`), ...files.map(([, target]) => target), MANIFEST];
  writeFileSync(join(root, MANIFEST), `${lines.join('\n')}\n`);
  return `polywan is installed below ${join(root, PREFIX)}`;
}

function uninstall(root) {
  if (!existsSync(join(root, MANIFEST))) return `polywan is not installed below ${join(root, PREFIX)}`;
  const lines = readFileSync(join(root, MANIFEST), 'utf8').trim().split('\n');
  for (const path of lines.filter((line) => !line.endsWith('/'))) rmSync(join(root, path), { force: true });
  // Innermost first. A folder that somebody else has put something into stays.
  for (const folder of lines.filter((line) => line.endsWith('/')).reverse()) {
    const path = join(root, folder);
    if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  }
  return `polywan is taken away from ${join(root, PREFIX)}`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: 'string', default: '/' } },
});
const actions = { install, uninstall };
const action = actions[positionals[0]];
if (action === undefined || positionals.length > 1) {
  process.stderr.write('usage: install.mjs install|uninstall [--root DIR]\n');
  process.exit(2);
}
process.stdout.write(`${action(resolve(values.root))}\n`);
