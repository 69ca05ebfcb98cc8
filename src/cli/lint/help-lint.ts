import type { Host } from '../../host/host.ts';
import { lintOne } from './lint-one.ts';
import type { Answer, Task } from './share-work.ts';

/** The other end of `shareWork`: reads machines from standard input, and prints what lint has to say of each. */
export async function helpLint(host: Host): Promise<0> {
  host.optimizeLate();
  const working: Promise<void>[] = [];
  for await (const line of host.stdinLines()) {
    // Written by this very program a moment ago, and never more at once than may be under way.
    const { at, machine } = JSON.parse(line) as Task;
    working.push(answer(host, at, machine));
  }
  await Promise.all(working);
  return 0;
}

async function answer(host: Host, at: number, machine: Task['machine']): Promise<void> {
  const linted: Answer = { at, linted: await lintOne(host, machine) };
  host.stdout.write(`${JSON.stringify(linted)}\n`);
}
