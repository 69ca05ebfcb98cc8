// Writes the manual pages, the completion script and the JSON Schemas from the program's own tables.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: ['src/cli/manual/generated-files.ts'],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  packages: 'external',
});
// Beside node_modules, so that the packages are found.
const program = 'dist/generate.mjs';
mkdirSync('dist', { recursive: true });
writeFileSync(program, outputFiles[0].text);
const { generatedFiles } = await import(new URL(`../${program}`, import.meta.url));

for (const { path, text } of await generatedFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
