import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** As package.json says. With another, that sudo finds for instance, it fails anywhere, and says nothing of the cause. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (!(major > 22 || (major === 22 && minor >= 3) || (major === 20 && minor >= 19))) {
  const found = `${process.execPath} is ${process.versions.node}`;
  process.stderr.write(`polywan: it needs Node 20.19, or 22.3 or newer, and ${found}\n`);
  process.exit(3);
}

/**
 * Runs the program's file, which the first argument names, without Node's own loader: what that keeps of a file of two
 * megabytes is six of memory, for as long as the monitor runs. The file is ASCII, and so is quickest read as what V8 keeps.
 */
process.argv.splice(1, 1);
const [, program = ''] = process.argv;
const source = readFileSync(program, 'latin1');
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
  filename: program,
});
const loaded = { exports: {} };
script.runInThisContext()(loaded.exports, createRequire(program), loaded, program, dirname(program));
