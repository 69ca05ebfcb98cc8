// Runs commands in one process and keeps what V8 compiled for them as a cache that bin/polywan starts with. One run
// would only warm what that command uses. Called by build.mjs: node build/code-cache.cjs BUNDLE KIND CACHE.
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

const SITE = 'profiles/sites/home/polywan.yaml';

const RULES = 'test/golden/two-wans/iptables/iptables';

const RUNS = {
  // On a router made for it. The second apply finds nothing to do, and so finds it out another way.
  apply: ['apply', 'apply', 'plan', 'remove'].map((command) => [command, '-c', SITE]),
  // The same without a router to change. Where even `plan` fails it has loaded what it begins with; lint is part of apply.
  plan: [
    ['plan', '-c', SITE],
    ['lint', RULES],
  ],
  trace: [['trace', '-c', SITE, '--dst', '203.0.113.9']],
  lint: [['lint', SITE, RULES]],
};

const [, , bundle, kind, cache] = process.argv;
const source = readFileSync(bundle, 'latin1');
const [, , id, ...oneShotFlags] = source.slice(0, source.indexOf('\n')).split(' ');
// A cache is only taken under the flags it was made with.
if (kind === 'apply' || kind === 'plan')
  for (const flag of oneShotFlags) require('node:v8').setFlagsFromString(flag);
// The same words around it as in bin/polywan: V8 compares the source.
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: bundle,
});

async function warm() {
  for (const words of RUNS[kind]) {
    const loaded = { exports: {} };
    process.argv = [process.argv[0], bundle, ...words];
    script.runInThisContext()(loaded.exports, require, loaded, bundle, dirname(bundle));
    await loaded.exports.finished;
  }
  writeFileSync(cache, Buffer.concat([Buffer.from(id, 'latin1'), script.createCachedData()]));
  process.exit(0);
}

void warm();
