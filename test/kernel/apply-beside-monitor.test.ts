import type { ChildProcess } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, PROGRAM } from './apply-router.ts';

let router: ApplyRouter;
let monitor: ChildProcess;

const inFolder = (name: string) => join(router.folder, name);

/** What it prints, and its exit code. */
const polywanWith = (site: string, ...words: readonly string[]): string =>
  router.sh(`${PROGRAM} ${words.join(' ')} -c ${inFolder(site)} 2>&1 || echo "code $?"`);

const socketIsThere = (): boolean =>
  router.sh(`ls ${inFolder('state')} 2>&1 || true`).includes('monitor.sock');

const holdsLock = (command: string): boolean =>
  router.sh(`cat ${inFolder('state')}/lock 2>&1 || true`).includes(`"${command}"`);

beforeEach(async () => {
  router = makeRouter();
  router.writeSite();
  monitor = router.start(['monitor']);
  await expect.poll(socketIsThere, { timeout: 20_000 }).toBe(true);
});

afterEach(async () => {
  const ended = new Promise((done) => monitor.once('close', done));
  if (monitor.kill()) await ended;
  router.remove();
});

it('refuses another site than that of a monitor that runs, and takes the same one by any name', async () => {
  const site = inFolder('polywan.yaml');
  symlinkSync(router.folder, inFolder('link'));
  expect(polywanWith('link/polywan.yaml', 'apply')).toMatch(/^nothing to change/);
  expect(polywanWith('link/polywan.yaml', 'plan')).toBe('nothing to change\n');
  copyFileSync(site, inFolder('other.yaml'));
  writeFileSync(inFolder('other.yaml'), 'priority: 20000\n', { flag: 'a' });
  const before = router.listing();
  const refused = `polywan: the monitor (pid ${monitor.pid}) runs ${site} and would undo this at once: change that file and run systemctl reload polywan-monitor, or stop the monitor; nothing was changed\ncode 3\n`;
  expect(polywanWith('other.yaml', 'apply')).toBe(refused);
  expect(polywanWith('other.yaml', 'apply', '--confirm', '60s')).toBe(refused);
  expect(polywanWith('other.yaml', 'apply', '--boot')).toBe(refused);
  expect(polywanWith('other.yaml', 'apply', '--dry-run')).toBe(refused);
  expect(polywanWith('other.yaml', 'plan')).toContain(`runs ${site}: while it does, apply refuses`);
  expect(router.listing()).toBe(before);
  expect(polywanWith('polywan.yaml', 'confirm')).toContain('no apply waits');
});

it('removes what a monitor was about to reload, and ends it', async () => {
  // The monitor has a second in which it may come to wait for the lock.
  const slow = `until [ -e ${inFolder('go-on')} ]; do sleep 0.02; done; sleep 1; exec "$REAL" "$@"`;
  const removing = router.start(['remove'], router.shim('nft', slow));
  const removed = new Promise((done) => removing.once('close', done));
  await expect.poll(() => holdsLock('remove'), { timeout: 20_000, interval: 5 }).toBe(true);
  writeFileSync(inFolder('polywan.yaml'), 'priority: 20000\n', { flag: 'a' });
  monitor.kill('SIGHUP');
  writeFileSync(inFolder('go-on'), '');
  expect(await removed).toBe(0);
  await expect.poll(() => monitor.exitCode, { timeout: 15_000 }).toBe(0);
  expect(router.sh('ip rule; nft list tables')).not.toMatch(/polywan|fwmark/);
});
