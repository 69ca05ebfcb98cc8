import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, isUnderWay, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const everything = () => everythingIn(router);

function ended(child: ReturnType<ApplyRouter['start']>): Promise<number | null> {
  return new Promise((resolve) => child.on('close', (code) => resolve(code)));
}

/** Ends when `goOn` was called. */
const untilToldTo = (): string => `until [ -e ${router.folder}/go-on ]; do sleep 0.02; done`;

function goOn(): void {
  writeFileSync(join(router.folder, 'go-on'), '');
}

it('holds off a second run and says who is at it', async () => {
  router.writeSite();
  const first = router.start(['apply'], router.shim('nft', `${untilToldTo()}; exec "$REAL" "$@"`));
  const firstEnded = ended(first);
  const lock = join(router.folder, 'state', 'lock');
  await expect.poll(() => existsSync(lock), { timeout: 30_000 }).toBe(true);
  const second = router.polywan(['apply']);
  goOn();
  expect(second.code).toBe(3);
  expect(second.stderr).toMatch(/polywan apply \(pid \d+\) holds the lock since .*; nothing was changed/);
  expect(await firstEnded).toBe(0);
  expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
});

it('ends although it stood still at its start for longer than the program takes to build', async () => {
  router.writeSite();
  const child = router.start(['apply']);
  const done = ended(child);
  // Before it sets its first timer.
  await sleep(30);
  child.kill('SIGSTOP');
  await sleep(8000);
  child.kill('SIGCONT');
  expect(await done).toBe(0);
});

it('hears what its tools have said while it stood still for longer than they may take', async () => {
  router.writeSite();
  const loading = join(router.folder, 'loading');
  const hold = `touch ${loading}; ${untilToldTo()}`;
  const holding = `while read -r line; do case "$line" in include*) ${hold};; esac; echo "$line"; done`;
  const shim = `case "$*" in "-j -i") exec "$REAL" "$@" < <(${holding});; "-f -") ${hold};; esac\nexec "$REAL" "$@"`;
  const child = router.start(['apply'], { ...router.shim('nft', shim), POLYWAN_TOOL_TIMEOUT: '4s' });
  const done = ended(child);
  await expect.poll(() => existsSync(loading), { timeout: 30_000 }).toBe(true);
  child.kill('SIGSTOP');
  goOn();
  await sleep(5000);
  child.kill('SIGCONT');
  expect(await done).toBe(0);
  expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
});

it('goes back on SIGTERM in the middle', async () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  const before = everything();
  router.writeSite({ wans: ['fiber'] });
  // It is loading until it has been told, and for half a second more in which it may hear that.
  const slowly = `while read -r line; do case "$line" in include*) ${untilToldTo()}; sleep 0.5;; esac; echo "$line"; done`;
  const shim = `case "$*" in "-j -i") exec "$REAL" "$@" < <(${slowly});; "-f -") ${untilToldTo()}; sleep 0.5;; esac\nexec "$REAL" "$@"`;
  const child = router.start(['apply'], router.shim('nft', shim));
  const done = ended(child);
  while (child.exitCode === null && !isUnderWay(router)) await sleep(2);
  child.kill('SIGTERM');
  goOn();
  expect(await done).toBe(3);
  expect(everything()).toBe(before);
  expect(isUnderWay(router)).toBe(false);
});

it('comes to the wanted state, or goes back, after kill -9 at any of 100 moments', async () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  const both = everything();
  router.writeSite({ wans: ['fiber'], policies: ['balanced', 'web'] });
  expect(router.polywan(['apply']).code).toBe(0);
  const one = everything();
  let wholeMs = 0;
  let cutOff = 0;
  for (let round = 0; round < 100; round += 1) {
    const toOne = round % 2 === 0;
    router.writeSite();
    const start = performance.now();
    expect(router.polywan(['apply']).code).toBe(0);
    // However busy this machine is, the moments lie between the start and the end.
    wholeMs = performance.now() - start;
    if (toOne) router.writeSite({ wans: ['fiber'], policies: ['balanced', 'web'] });
    else router.sh('nft delete table inet polywan; ip rule del pref 12001');
    const before = everything();
    const child = router.start(['apply']);
    const done = ended(child);
    // Half of them anywhere, the others while it changes something, which is over soon.
    if (round % 8 < 4) await sleep((0.3 + 0.7 * Math.random()) * wholeMs);
    else {
      while (child.exitCode === null && !isUnderWay(router)) await sleep(1);
      await sleep(Math.random() * CHANGE_MS);
    }
    child.kill('SIGKILL');
    await done;
    // An nft that it had started ends by itself, and loads until then.
    await expect.poll(() => router.pids(), { timeout: 30_000 }).toEqual([]);
    const journal = isUnderWay(router);
    if (journal) cutOff += 1;
    if (journal && round % 4 < 2) {
      expect(router.polywan(['rollback']).code).toBe(0);
      expect(everything()).toBe(before);
    } else {
      expect(router.polywan(['apply']).code).toBe(0);
      expect(everything()).toBe(toOne ? one : both);
    }
  }
  // Otherwise this would not have tried what it is about.
  expect(cutOff).toBeGreaterThan(10);
}, 600_000);

/** About as long as an apply's changes take. */
const CHANGE_MS = 15;
