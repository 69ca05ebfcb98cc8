import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../../src');

/** Who may import whom, as DESIGN section 1 has it; a folder may always import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  net: [],
  kernel: ['net'],
  codec: ['net', 'kernel'],
  config: ['net'],
  plan: ['net', 'kernel', 'config'],
  trace: ['net', 'kernel'],
  lint: ['net', 'kernel', 'config', 'plan', 'trace'],
  host: [],
  // config and plan too: an apply observes, compiles the site, and commits (section 4).
  apply: ['net', 'kernel', 'codec', 'host', 'config', 'plan'],
  monitor: ['net', 'kernel', 'config', 'plan', 'apply', 'host'],
  lab: ['net', 'kernel', 'config', 'host'],
  cli: ['net', 'kernel', 'codec', 'config', 'plan', 'trace', 'lint', 'host', 'apply', 'monitor', 'lab'],
};

/** Packages and builtins, and the only place that may import each. */
const DOORS: readonly { readonly module: RegExp; readonly only: RegExp }[] = [
  { module: /^js-yaml$/, only: /^config\/yaml(?:-\w+)?\.ts$/ },
  { module: /^node:util$/, only: /^(?:host\/|cli\/parse-arguments\.ts$)/ },
  { module: /^execa$/, only: /^host\// },
  { module: /^prom-client$/, only: /^monitor\/metrics\// },
  { module: /^zod(?:\/mini)?$/, only: /^config\// },
  { module: /^fast-string-width$/, only: /^net\/string-width\.ts$/ },
  { module: /^node:(?!util$)/, only: /^host\// },
];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sourceFiles(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

/** Static imports and re-exports, type imports among them, and `import()`. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(
    /(?:^\s*(?:import|export)\b[^'";]*?\bfrom\s*|^\s*import\s*|\bimport\(\s*|\brequire\(\s*)'([^']+)'/gm,
  );
  return [...found].map(([, specifier = '']) => specifier);
}

function allImports(): Import[] {
  return sourceFiles().flatMap((file) =>
    importsOf(readFileSync(join(SOURCE, file), 'utf8')).map((specifier) => ({ file, specifier })),
  );
}

/** The folder below src that a relative import leads to. */
function targetFolder({ file, specifier }: Import): string {
  return relative(SOURCE, join(SOURCE, dirname(file), specifier)).split('/')[0] ?? '';
}

describe('the import graph', () => {
  it('is read from every form of import', () => {
    const text = `import a from 'one';
import {
  b,
} from './two.ts';
import type { C } from '../three.ts';
export { d } from './four.ts';
import 'five';
const six = () => import('./six.ts');
// import x from 'not-this';
const text = "from 'nor this'";`;
    expect(importsOf(text)).toEqual(['one', './two.ts', '../three.ts', './four.ts', 'five', './six.ts']);
  });

  it('has only the edges of the design', () => {
    const wrong = allImports()
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((each) => ({ ...each, from: each.file.split('/')[0] ?? '', to: targetFolder(each) }))
      .filter(({ from, to }) => from !== to && !(ALLOWED[from]?.includes(to) ?? false));
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('lets packages and the machine in through one door each', () => {
    const wrong = allImports().filter(
      ({ file, specifier }) =>
        !specifier.startsWith('.') &&
        !DOORS.some(({ module, only }) => module.test(specifier) && only.test(file)),
    );
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('names every folder of the source', () => {
    const folders = new Set(sourceFiles().map((file) => file.split('/')[0] ?? ''));
    expect([...folders].filter((folder) => ALLOWED[folder] === undefined)).toEqual([]);
  });

  it('uses nothing that Node lacks while it takes a snapshot (build.mjs)', () => {
    const lacking = /\.(?:toSorted|toReversed|toSpliced)\(/;
    const users = sourceFiles().filter((file) => lacking.test(readFileSync(join(SOURCE, file), 'utf8')));
    expect(users).toEqual([]);
  });

  it('keeps the process, timers and console out of the core', () => {
    const wrong = sourceFiles()
      .filter((file) => !/^(?:host\/|cli\/entry\.ts$)/.test(file))
      .filter((file) => {
        const code = readFileSync(join(SOURCE, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
        return /\b(?:process\.\w+\(|process\.(?:env|argv|stdout)|console\.|setTimeout\(|setInterval\(|Date\.now\(|new Date\(\))/.test(
          code,
        );
      });
    expect(wrong).toEqual([]);
  });
});
