import { expect } from 'vitest';
import { readProcess } from '../../src/host/node/files.ts';

/** A process that was killed needs the processor once more to die, which a busy machine gives it when it comes to that. */
export async function hasEnded(pid: number): Promise<void> {
  await expect.poll(() => isRunning(pid), { timeout: 30_000 }).toBe(false);
}

/** What is dead is a zombie until its parent asks for it, which in a container may be never. */
function isRunning(pid: number): boolean {
  const stat = readProcess(pid);
  return stat !== undefined && !/\) [ZX]/.test(stat);
}
