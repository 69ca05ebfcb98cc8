import type { Host } from '../host/host.ts';
import { isTakingSnapshot, startSnapshotWith } from '../host/node/snapshot.ts';
import { allWritten, UNHEARD } from '../host/node/streams.ts';
import { nodeHost } from '../host/node.ts';
import { main, report } from './main.ts';

/** Where the bundle starts. Only the bundle loads this file. */
async function run(): Promise<void> {
  const host = nodeHost();
  process.on('uncaughtException', (error) => process.exit(report(error, host)));
  const code = await main(process.argv.slice(2), host);
  // What was said is taken before the process ends.
  const lost = await allWritten().then(
    () => undefined,
    (error: unknown) => report(error, host),
  );
  process.exit(lost ?? code);
}

/**
 * Runs the commands given as JSON, a list of words each. What they load, and what V8 compiles for them, is in the
 * snapshot then. One that cannot do its work leaves no snapshot.
 */
async function takeSnapshot(commands: readonly string[][]): Promise<void> {
  // Flags of V8 that are set now would be asked of whoever starts from the snapshot.
  const noFlag = () => undefined;
  const host: Host = {
    ...nodeHost(),
    stdout: UNHEARD,
    stderr: UNHEARD,
    growHeap: noFlag,
    optimizeLate: noFlag,
    compileLittle: noFlag,
    saveMemory: noFlag,
  };
  for (const words of commands) {
    const code = await main(words, host);
    if (code > 1) process.exit(code);
  }
  // Node keeps when its next timer is due, also where that was called off. Whoever starts from the snapshot and has no timer
  // before that time would wait for ever; once one is due with none behind it, Node knows of none.
  await host.sleep(1);
  startSnapshotWith(() => void run());
}

if (isTakingSnapshot()) void takeSnapshot(JSON.parse(process.argv[2] ?? '[]'));
else void run();
