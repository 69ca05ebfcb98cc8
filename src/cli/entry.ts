import { allWritten } from '../host/node/streams.ts';
import { nodeHost } from '../host/node.ts';
import { main, report } from './main.ts';

/** Where the bundle starts. Only the launcher's own tests and the bundle load this file. */
const host = nodeHost();

process.on('uncaughtException', (error) => process.exit(report(error, host)));

/** Resolves to the exit code when all that was said has been taken; the launcher ends the process with it. */
export const finished = main(process.argv.slice(2), host).then(async (code) => {
  await allWritten();
  return code;
});
