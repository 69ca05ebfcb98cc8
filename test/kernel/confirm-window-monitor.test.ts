import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;
let monitor: ChildProcess | undefined;

beforeEach(() => {
  router = makeRouter();
  router.writeSite();
});

afterEach(async () => {
  const ended = new Promise((done) => monitor?.once('close', done));
  if (monitor?.kill()) await ended;
  monitor = undefined;
  router.remove();
});

const log = (): string => router.polywan(['log']).stdout;

async function startMonitor(): Promise<void> {
  monitor = router.start(['monitor']);
  await expect.poll(log, { timeout: 20_000 }).toContain('watching');
}

async function endOfMonitor(): Promise<void> {
  await expect.poll(() => monitor?.exitCode, { timeout: 20_000 }).toBe(0);
}

const WAITS =
  /what is applied waits for polywan confirm until \S+Z: if that does not come, it is taken back, and the monitor ends/;
const BACK =
  /stopped: the site was rolled back: \S+polywan\.yaml is not taken up before it is written again, or polywan apply is run; then start the monitor again/;

describe('a monitor that is started while an apply waits for its confirmation', () => {
  it('says so, and ends for that reason where nothing was applied before', async () => {
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    await startMonitor();
    await expect.poll(log, { timeout: 20_000 }).toMatch(WAITS);
    expect(router.polywan(['rollback']).code).toBe(0);
    await endOfMonitor();
    expect(log()).toMatch(BACK);
    expect(log()).not.toContain('removed');
  });

  it('ends where another site was applied before, and that one stays', async () => {
    expect(router.polywan(['apply']).code).toBe(0);
    const before = router.listing();
    router.writeSite({ weights: [1, 1] });
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    await startMonitor();
    expect(router.polywan(['rollback']).code).toBe(0);
    await endOfMonitor();
    expect(log()).toMatch(BACK);
    expect(router.listing()).toBe(before);
  });

  it('goes on when that is confirmed, and ends with polywan', async () => {
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    await startMonitor();
    expect(router.polywan(['confirm']).code).toBe(0);
    expect(router.polywan(['remove']).code).toBe(0);
    await endOfMonitor();
    expect(log()).toContain('stopped: polywan was removed');
  });
});

it('a monitor that is started after the confirmation says nothing of it', async () => {
  expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
  expect(router.polywan(['confirm']).code).toBe(0);
  await startMonitor();
  expect(log()).not.toContain('waits');
});
