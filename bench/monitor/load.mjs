// The tests' machines and the product's own parts, for benchmarks that run without a loader for TypeScript.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const ROOT = join(import.meta.dirname, '..', '..');

/** What these modules export, as one object. */
export async function load(...paths) {
  const folder = mkdtempSync(join(tmpdir(), 'polywan-bench-'));
  const outfile = join(folder, 'loaded.cjs');
  await build({
    stdin: {
      contents: paths.map((path) => `export * from ${JSON.stringify(`./${path}`)};`).join('\n'),
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    define: { 'import.meta.url': '__filename' },
    outfile,
    logLevel: 'error',
  });
  const loaded = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true });
  return loaded.default;
}
