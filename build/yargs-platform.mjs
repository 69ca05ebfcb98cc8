// What yargs asks of its platform, without what polywan does not use: its help layout (whose text measuring loads
// Intl.Segmenter, 26 ms at every start), its translations, and its search for configuration files.
import { notStrictEqual, strictEqual } from 'node:assert';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { format, inspect } from 'node:util';
import Parser from 'yargs-parser';

const unused = (name) => () => {
  throw new Error(`${name} of yargs is not part of this bundle`);
};

export default {
  assert: { notStrictEqual, strictEqual },
  cliui: unused('help'),
  findUp: () => undefined,
  getEnv: (name) => process.env[name],
  inspect,
  getProcessArgvBin: () => 'polywan',
  mainFilename: process.cwd(),
  Parser,
  path: { basename, dirname, extname, relative, resolve, join },
  process: {
    argv: () => process.argv,
    cwd: () => process.cwd(),
    emitWarning: (warning, type) => process.emitWarning(warning, type),
    execPath: () => process.execPath,
    exit: (code) => process.exit(code),
    nextTick: process.nextTick,
    stdColumns: null,
  },
  readFileSync: unused('readFileSync'),
  readdirSync: unused('readdirSync'),
  require: unused('require'),
  getCallerFile: unused('getCallerFile'),
  stringWidth: (text) => text.length,
  y18n: {
    __: (text, ...values) => format(text, ...values),
    __n: (one, many, count, ...values) => format(count === 1 ? one : many, count, ...values),
    getLocale: () => 'en',
    setLocale: () => {},
    updateLocale: () => {},
  },
};
