import { availableParallelism } from 'node:os';
import type { Host } from './host.ts';
import { correspond } from './node/correspond.ts';
import { collectGarbage, compileLittle, growHeap, optimizeLate, saveMemory } from './node/engine.ts';
import * as files from './node/files.ts';
import { serveHttp } from './node/http-server.ts';
import { inSources } from './node/in-sources.ts';
import { network } from './node/network.ts';
import { converse, detach, run } from './node/process.ts';
import { askSocket, serveSocket } from './node/socket.ts';
import { inputLines, inputText, outputTo } from './node/streams.ts';

/** The running machine. The only implementation of Host outside tests. */
export function nodeHost(): Host {
  return {
    readFile: files.readFile,
    writeFile: files.writeFile,
    rewriteFile: files.rewriteFile,
    overwriteFile: files.overwriteFile,
    createFile: files.createFile,
    linkFile: files.linkFile,
    lendFile: files.lendFile,
    appendFile: files.appendFile,
    renameFile: files.renameFile,
    fileSize: files.fileSize,
    removeFile: files.removeFile,
    sweepFile: files.sweepFile,
    makeDirectory: files.makeDirectory,
    removeDirectory: files.removeDirectory,
    listDirectory: files.listDirectory,
    listEntries: files.listEntries,
    fileIdentity: files.fileIdentity,
    run,
    converse,
    correspond,
    detach,
    resolvePath: files.resolvePath,
    env: (name) => process.env[name],
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
    hearEvents: () => new Promise((done) => setImmediate(done)),
    after,
    pid: () => process.pid,
    processStart,
    processors: availableParallelism,
    isRoot: () => process.geteuid?.() === 0,
    self,
    inSources: (stack) => inSources(stack, process.argv[1] ?? ''),
    growHeap,
    optimizeLate,
    compileLittle,
    saveMemory,
    collectGarbage,
    onSignal,
    stdout: outputTo(() => process.stdout),
    stderr: outputTo(() => process.stderr),
    readStdin: inputText,
    stdinLines: inputLines,
    network,
    serveSocket,
    askSocket,
    serveHttp,
  };
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets, so count from the last bracket. */
function processStart(pid: number): string | undefined {
  const stat = files.readProcess(pid);
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(22 - 3);
}

/** By the same snapshot, if by one. */
function self(): readonly [string, ...string[]] {
  const [, script] = process.argv;
  return [process.execPath, ...process.execArgv, ...(script === undefined ? [] : [script])];
}

function after(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}

function onSignal(
  signals: readonly NodeJS.Signals[],
  listener: (signal: NodeJS.Signals) => void,
): () => void {
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
