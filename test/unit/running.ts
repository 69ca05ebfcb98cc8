import { readProcess } from '../../src/host/node/files.ts';

/** What is dead is a zombie until its parent asks for it, which in a container may be never. */
export function isRunning(pid: number): boolean {
  const stat = readProcess(pid);
  return stat !== undefined && !/\) [ZX]/.test(stat);
}
