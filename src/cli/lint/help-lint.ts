import type { Host } from '../../host/host.ts';
import { inTurn } from './in-turn.ts';
import { type LintedOne, lintOne } from './lint-one.ts';
import type { Share } from './share-work.ts';

/** The other end of `shareWork`: reads machines from standard input, and prints what lint has to say of each. */
export async function helpLint(host: Host): Promise<0> {
  // Written by this very program a moment ago.
  const { machines } = JSON.parse(await host.readStdin()) as Share;
  const linted: LintedOne[] = [];
  await inTurn(
    machines,
    (machine) => lintOne(host, machine),
    (one) => linted.push(one),
  );
  host.stdout.write(JSON.stringify(linted));
  return 0;
}
