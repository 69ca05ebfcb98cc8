import { defineConfig } from 'vitest/config';

// `unit` needs nothing of the machine; `cli` runs the built bundle; `kernel` makes network namespaces and sends
// packets, so it needs root and the system tools. Kernel files run one after the other: they share two cores and
// some of them count packets.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
