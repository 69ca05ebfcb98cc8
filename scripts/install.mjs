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

/** The folders that these files need and that are not there yet, outermost first. */
function missingFolders(root, files) {
  const missing = new Set();
  for (const file of files) {
    const above = [];
    for (let at = dirname(file); at !== '.' && !existsSync(join(root, at)); at = dirname(at))
      above.unshift(at);
    for (const folder of above) missing.add(folder);
  }
  return [...missing];
}

function install(root) {
  const files = PARTS.flatMap(([from, to]) =>
    filesBelow(join(PROJECT, from)).map((source) => [
      source,
      join(PREFIX, to, relative(join(PROJECT, from), source)),
    ]),
  );
  if (existsSync(join(root, MANIFEST))) uninstall(root);
  const targets = [MANIFEST, ...files.map(([, target]) => target)];
  const folders = missingFolders(root, targets);
  const put = [];
  try {
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    put.push(MANIFEST);
    // Before the files, so that an installation that is cut off can be taken away, too.
    const lines = [...folders.map((path) => `${path}/`), ...targets];
    writeFileSync(join(root, MANIFEST), `${lines.join('\n')}\n`);
    for (const [source, target] of files) {
      copy(source, target, root);
      put.push(target);
    }
  } catch (error) {
    takeAway(root, put, folders);
    throw error;
  }
  return `polywan is installed below ${join(root, PREFIX)}`;
}

function copy(source, target, root) {
  copyFileSync(source, join(root, target));
  // The time of a snapshot, to the nanosecond, tells which Node it fits.
  if (target.endsWith('.snapshot')) spawnSync('touch', ['-r', source, join(root, target)]);
  chmodSync(join(root, target), target === `${PREFIX}/bin/polywan` ? 0o755 : 0o644);
}

function uninstall(root) {
  if (!existsSync(join(root, MANIFEST))) return `polywan is not installed below ${join(root, PREFIX)}`;
  const lines = readFileSync(join(root, MANIFEST), 'utf8').trim().split('\n');
  const [files, folders] = [false, true].map((isFolder) =>
    lines.filter((line) => line.endsWith('/') === isFolder),
  );
  takeAway(root, files, folders);
  return `polywan is taken away from ${join(root, PREFIX)}`;
}

/** The manifest last: where something cannot be removed, the next call knows of it. */
function takeAway(root, files, folders) {
  for (const path of files.filter((file) => file !== MANIFEST)) rmSync(join(root, path), { force: true });
  rmSync(join(root, MANIFEST), { force: true });
  // Innermost first. A folder that somebody else has put something into stays.
  for (const folder of folders.toReversed()) {
    const path = join(root, folder);
    if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  }
}

function readCall() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { root: { type: 'string', default: '/' } },
    });
    const action = { install, uninstall }[positionals[0]];
    if (action !== undefined && positionals.length === 1 && values.root !== '') return [action, values.root];
  } catch {
    // An option that is none, or that lacks its folder.
  }
  process.stderr.write('usage: install.mjs install|uninstall [--root DIR]\n');
  process.exit(2);
}

// What is installed is for everybody, however strict whoever installs it is with files of their own.
process.umask(0o022);
const [action, root] = readCall();
try {
  process.stdout.write(`${action(resolve(root))}\n`);
} catch (error) {
  const cure = ['EACCES', 'EPERM'].includes(error.code) ? '; run it as root' : '';
  process.stderr.write(`install.mjs: ${error.message}${cure}\n`);
  process.exit(3);
}
