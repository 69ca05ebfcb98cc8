import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './differential/random.ts';
import { mischief, quiet } from './monitor/chaos.ts';
import { type MonitorLab, monitorLab } from './monitor/monitor-lab.ts';
import { type Resources, resourcesOf, steady } from './monitor/resources.ts';
import type { Frontend } from './packets/router-lab.ts';

/** Minutes in all. The same seed runs the same mischief again; another is for who looks for more. */
const MINUTES = Number(process.env.POLYWAN_CHAOS_MINUTES ?? 1);
const SEED = Number(process.env.POLYWAN_CHAOS_SEED ?? 20_261);

const FRONTENDS: readonly Frontend[] = ['nftables', 'iptables-nft', 'iptables-legacy'];
/** Between two quiet points: many things at once, and some of them undone by others. */
const MISCHIEFS_AT_ONCE = 8;

/** Spare tools come and go; a leak would be one for each of hundreds of events. */
const FEW_DESCRIPTORS = 12;

/** The engine's heap breathes by as much; a leak would not stop there. */
const BREATH_MB = 40;

describe('the monitor among random mischief', () => {
  it.each(FRONTENDS)(
    'brings the kernel back to the model, and neither grows nor stops forwarding, with %s',
    async (frontend) => {
      const running = await monitorLab(frontend);
      try {
        await running.startDaemon();
        await rounds(running, Date.now() + (MINUTES * 60_000) / FRONTENDS.length);
        expect(running.said()).not.toContain('this is a bug');
      } finally {
        await running.end();
      }
    },
    MINUTES * 60_000 + 600_000,
  );
});

async function rounds(running: MonitorLab, until: number): Promise<void> {
  const random = seededRandom(SEED);
  const before: Before = {
    children: await steady(() => resourcesOf(running.pid() ?? 0).children),
    lives: new Map(),
  };
  for (let round = 0; round < 2 || Date.now() < until; round += 1) {
    const story: string[] = [];
    try {
      for (let count = 0; count < MISCHIEFS_AT_ONCE; count += 1) {
        story.push(await mischief(running, random));
        await pause(random.below(400));
      }
      await quiet(running);
      await holdsNoMore(running, before);
      if (round % 4 === 1) await forwardsWhileDead(running);
    } catch (error) {
      const told = `seed ${SEED}, round ${round}: ${story.join('; ')}\n${running.said().slice(-4000)}`;
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${told}`);
    }
  }
}

/** What there is to compare with. */
interface Before {
  /** Of any daemon, as they were before the first mischief. */
  readonly children: string;
  /** Of each daemon, at its first quiet moment. */
  readonly lives: Map<number, Resources>;
}

/** No more children than before all mischief, and no more descriptors and memory than in the daemon's first quiet moment. */
async function holdsNoMore(running: MonitorLab, { children, lives }: Before): Promise<void> {
  const pid = running.pid() ?? 0;
  // Of a child that is killed again and again the pause grows to a minute.
  await expect.poll(() => resourcesOf(pid).children, { timeout: 90_000, interval: 500 }).toBe(children);
  const now = resourcesOf(pid);
  const first = lives.get(pid);
  if (first === undefined) {
    lives.set(pid, now);
    return;
  }
  if (MINUTES > 1) console.log(JSON.stringify({ frontend: running.frontend, pid, ...now }));
  expect(now.descriptors).toBeLessThan(first.descriptors + FEW_DESCRIPTORS);
  expect(now.residentMb).toBeLessThan(first.residentMb + BREATH_MB);
}

/** Killed at a quiet moment: nobody who connects meanwhile notices. */
async function forwardsWhileDead(running: MonitorLab): Promise<void> {
  const attempts = await running.connecting(async () => {
    await running.stopDaemon('SIGKILL');
    await pause(300);
    await running.startDaemon();
  });
  expect(attempts.length).toBeGreaterThan(10);
  expect(new Set(attempts.map(({ outcome, via }) => `${outcome} ${via}`))).toEqual(
    new Set(['answered fiber']),
  );
}
