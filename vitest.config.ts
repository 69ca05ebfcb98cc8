import { defineConfig } from 'vitest/config';

/** Who measures gaps in time or counts packets, and mostly waits: these run apart from what keeps processors busy. */
const TIMED = ['monitor', 'packets', 'rehearse', 'broken-connection', 'own-address'].map(
  (name) => `test/kernel/${name}*.test.ts`,
);
/** The machines this runs on have two cores; left alone, vitest keeps one of them for itself. */
const PAIRS = { maxWorkers: 2 };

/** On a machine that does something else besides, a thousand random cases take a minute or two, and are none the worse for it. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 120_000 };

// `unit` needs nothing of the machine; `cli` runs the built bundle; `kernel` and `kernel-timed` make network
// namespaces and send packets, so they need root and the system tools.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...PAIRS,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          ...PATIENCE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...PAIRS,
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          ...PATIENCE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...PAIRS,
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          exclude: TIMED,
          ...PATIENCE,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...PAIRS,
          name: 'kernel-timed',
          include: TIMED,
          ...PATIENCE,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
