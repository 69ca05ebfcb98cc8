import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogEntry } from '../../src/monitor/log/log-entry.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

const PATIENT = { timeout: 60_000 };

let router: ApplyRouter;
let monitor: ChildProcess;

const inFolder = (name: string) => join(router.folder, name);

function said(): readonly string[] {
  const lines = readFileSync(inFolder('state/log.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as LogEntry).text);
}

const health = async (): Promise<unknown> =>
  JSON.parse(router.polywan(['status', '--json']).stdout).monitor?.wans.map(
    (wan: { readonly health: string }) => wan.health,
  );

beforeAll(() => {
  router = makeRouter();
  router.writeSite();
  const wan = 'interface: wan0\nfamilies: both\nhealth: { damping: off }\n';
  writeFileSync(inFolder('profiles/fiber.yaml'), `name: fiber\n${wan}`);
  monitor = router.start(['monitor']);
});

afterAll(async () => {
  const ended = new Promise((done) => monitor.once('close', done));
  if (monitor.kill('SIGKILL')) await ended;
  router.remove();
});

it('devices that vanish and come back leave nothing in the log but what became of their WANs', async () => {
  await expect.poll(health, PATIENT).toEqual(['up', 'up']);
  for (let round = 0; round < 10; round += 1) {
    router.sh('ip link del wan0');
    await pause(100 * (round % 4));
    router.sh(`ip link add wan0 type veth peer name far-wan0
      ip address add 192.0.2.2/24 dev wan0
      ip link set far-wan0 up
      ip link set wan0 up
      ip route add default via 192.0.2.1 dev wan0`);
    await pause(100 * (round % 5));
  }
  await expect.poll(health, PATIENT).not.toContain('down');
  const words = /^(?:watching|WAN (?:fiber|cable)|traffic moved|put back what was taken away)/;
  expect(said().filter((text) => !words.test(text))).toEqual([]);
});

it('an end by polywan remove does not say that the routing stays', async () => {
  const ended = new Promise((done) => monitor.once('close', done));
  expect(router.polywan(['remove']).code).toBe(0);
  expect(await ended).toBe(0);
  expect(said().at(-1)).toBe('stopped: polywan was removed');
});
