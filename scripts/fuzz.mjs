// `npm run fuzz -- --minutes N [--seed S] [--generator 1…5]`: goes on comparing trace with the kernel where CI stops.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    generator: { type: 'string' },
  },
});

if (!(Number(values.minutes) > 0)) {
  console.error('fuzz: --minutes takes a number above 0');
  process.exit(2);
}

if (values.generator !== undefined && !/^[1-5]$/.test(values.generator)) {
  console.error('fuzz: --generator takes a number from 1 to 5');
  process.exit(2);
}

const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--project', 'kernel', 'test/kernel/trace-differential.test.ts'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      POLYWAN_FUZZ_MINUTES: values.minutes,
      ...(values.seed === undefined ? {} : { POLYWAN_FUZZ_SEED: values.seed }),
      ...(values.generator === undefined ? {} : { POLYWAN_FUZZ_GENERATOR: values.generator }),
    },
  },
);
process.exit(status ?? 1);
