import type { KnipConfig } from 'knip';

export default {
  entry: [
    'src/cli/entry.ts',
    'src/host/agent.ts',
    'src/host/start.ts',
    // Bundled and run by scripts/generate.mjs.
    'src/cli/manual/generated-files.ts',
    'scripts/*.mjs',
    'bench/*.mjs',
    'test/**/*.test.ts',
  ],
  project: ['src/**/*.ts', 'test/**/*.ts', 'bench/**', 'scripts/**/*.mjs'],
  ignoreExportsUsedInFile: true,
  // Its schema of SARIF is read as a file by a test.
  ignoreDependencies: ['@microsoft/sarif-multitool-ts'],
  // Programs of the system, not of npm.
  ignoreBinaries: ['ip', 'mkfifo', 'ping', 'setpriv', 'unshare', 'trafgen'],
} satisfies KnipConfig;
