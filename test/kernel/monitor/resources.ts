import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** What a process holds of the machine. */
export interface Resources {
  readonly descriptors: number;
  /** Children by program, with their number, sorted: `ip 4, nft 2, ping 3`. */
  readonly children: string;
  readonly residentMb: number;
}

export function resourcesOf(pid: number): Resources {
  const counts = new Map<string, number>();
  for (const name of childrenOf(pid)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const resident = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    children: [...counts]
      .sort()
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
    residentMb: Math.round(Number(resident) / 102.4) / 10,
  };
}

/** Programs of the living children. */
function childrenOf(pid: number): readonly string[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const pids = tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).trim().split(' '));
  return pids.flatMap((child) => {
    const name = child === '' ? '' : read(`/proc/${child}/comm`).trim();
    return name === '' ? [] : [name];
  });
}

export function childPids(pid: number, program: string): readonly number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks
    .flatMap((task) => read(`/proc/${pid}/task/${task}/children`).trim().split(' '))
    .filter((child) => child !== '' && read(`/proc/${child}/comm`).trim() === program)
    .map(Number);
}

/** Spare children come back a moment after their use, one that has died after a second. */
const SAME_LOOKS = 25;

/** What is seen once it stays the same: children come and go with what the daemon does. */
export async function steady<Seen>(look: () => Seen): Promise<Seen> {
  let last = look();
  for (let same = 0; same < SAME_LOOKS; same += 1) {
    await pause(100);
    const now = look();
    if (!isDeepStrictEqual(now, last)) same = 0;
    last = now;
  }
  return last;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
