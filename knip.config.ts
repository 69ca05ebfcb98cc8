import type { KnipConfig } from 'knip';

export default {
  entry: [
    'src/cli/entry.ts',
    'src/host/agent.ts',
    // Bundled and run by scripts/generate.mjs.
    'src/cli/manual/generated-files.ts',
    // Put in the place of yargs' own by build.mjs.
    'build/yargs-platform.mjs',
    // Run by build.mjs.
    'build/code-cache.cjs',
    'scripts/*.mjs',
    'bench/*.mjs',
    'test/**/*.test.ts',
  ],
  project: ['src/**/*.ts', 'test/**/*.ts', 'bench/**', 'scripts/**', 'build/**'],
  ignoreExportsUsedInFile: true,
  // Comes with yargs, and must be the one that yargs itself has.
  ignoreDependencies: ['yargs-parser'],
  // Programs of the system, not of npm.
  ignoreBinaries: ['ip', 'setpriv', 'unshare', 'trafgen'],
} satisfies KnipConfig;
