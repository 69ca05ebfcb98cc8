import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const POLYWAN = new URL('../../bin/polywan', import.meta.url).pathname;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polywan-expect-'));
  mkdirSync(join(folder, 'profiles'));
  for (const [at, name] of ['fiber', 'cable', 'lte'].entries())
    writeFileSync(
      join(folder, `profiles/${name}.yaml`),
      `name: ${name}\ninterface: wan${at}\nfamilies: both\nmasquerade: yes\n`,
    );
});

afterEach(() => rmSync(folder, { recursive: true }));

function rehearse(backend: string, expectations: readonly string[], ...words: readonly string[]) {
  writeFileSync(
    join(folder, 'polywan.yaml'),
    `version: 1
backend: ${backend}
lan: [br+]
local_traffic: in-order
policies:
  in-order: { members: [{ wan: fiber }, { wan: cable, tier: 2 }, { wan: lte, tier: 3 }], last_resort: blackhole }
  by-lte: { members: [{ wan: lte }] }
steering:
  - { name: tv, source: [192.0.2.77, "2001:db8:77::7"], policy: by-lte }
  - { name: user, in: router, uid: 1000, policy: by-lte }
  - { name: rest, policy: in-order }
expect:
${expectations.map((line) => `  - ${line}\n`).join('')}`,
  );
  return spawnSync(POLYWAN, ['rehearse', ...words, '-c', join(folder, 'polywan.yaml')], {
    encoding: 'utf8',
  });
}

const TRUE = [
  '{ flow: { in: br0, destination: 203.0.113.9, protocol: tcp }, exit: fiber }',
  '{ flow: { in: br0, source: 192.0.2.77, destination: 203.0.113.9, protocol: udp, destination_port: 53 }, exit: lte }',
  '{ flow: { in: br0, source: "2001:db8:77::7", destination: "2001:db8:99::9", protocol: icmp }, exit: lte }',
  '{ flow: { in: br7, destination: 203.0.113.9, protocol: tcp, source_port: 5000 }, down: [fiber], exit: cable }',
  '{ flow: { in: router, destination: 203.0.113.9, protocol: tcp }, down: [cable, fiber], exit: lte }',
  '{ flow: { in: router, destination: 203.0.113.9, protocol: tcp, uid: 1000 }, exit: lte }',
  '{ flow: { in: router, destination: 203.0.113.9, protocol: icmp, uid: 1000 }, exit: lte }',
  '{ flow: { in: router, destination: "2001:db8:99::9", protocol: icmp, uid: 1000 }, exit: lte }',
  '{ flow: { in: router, destination: 203.0.113.9, protocol: icmp }, exit: fiber }',
  '{ flow: { in: br0, destination: "2001:db8:99::9", protocol: tcp }, down: [fiber, cable, lte], exit: blackhole }',
  '{ flow: { in: br0, source: 192.0.2.77, destination: 203.0.113.9, protocol: tcp }, down: [lte], exit: unreachable }',
  '{ flow: { in: br0, source: 192.0.2.77, destination: 198.51.100.99, protocol: icmp }, exit: lte }',
];

it.each(['nftables', 'iptables'])('sends what the site expects, with its WANs cut, by %s', (backend) => {
  const run = rehearse(backend, TRUE, '--json');
  const { expectations, asPlanned } = JSON.parse(run.stdout);
  expect(expectations.map((one: { verdict: unknown }) => one.verdict)).toEqual(
    TRUE.map(() => ({ kind: 'as-planned' })),
  );
  expect(expectations.map((one: { line: number }) => one.line)).toEqual(TRUE.map((_, at) => 13 + at));
  expect([asPlanned, run.status]).toEqual([true, 0]);
});

it('names the line of the site whose expectation does not hold, and exits with 1', () => {
  const run = rehearse('nftables', [
    '{ flow: { in: br0, destination: 203.0.113.9, protocol: tcp }, exit: fiber }',
    '{ flow: { in: br0, destination: 203.0.113.9, protocol: tcp, destination_port: 80 }, exit: cable }',
    '{ flow: { in: br0, destination: 203.0.113.9, protocol: tcp }, down: [fiber, cable], exit: unreachable }',
    '{ flow: { in: br0, destination: 203.0.113.9, protocol: gre }, exit: fiber }',
    '{ flow: { in: br0, source: 192.0.2.77, destination: 203.0.113.9, protocol: tcp }, down: [lte], exit: blackhole }',
    '{ flow: { in: br0, source: "2001:db8:77::7", destination: "2001:db8:99::9", protocol: tcp }, down: [lte], exit: blackhole }',
  ]);
  expect(run.status).toBe(1);
  const text = run.stdout.replaceAll(/\n +/g, ' ');
  expect(text).toContain('polywan.yaml:14  ! ');
  expect(text).toContain('to 203.0.113.9 tcp 80: cable, but it left by fiber');
  expect(text).toContain('polywan.yaml:15  ! ');
  expect(text).toContain('fiber cable down: unreachable, but it left by lte');
  expect(text).toContain('polywan.yaml:16  - ');
  expect(text).toContain('not tried: the lab does not speak gre');
  expect(text).toContain('192.0.2.77 to 203.0.113.9 tcp 9, lte down: blackhole, but was refused');
  expect(text).toContain('2001:db8:99::9 tcp 9, lte down: blackhole, but was refused');
  expect(text).toContain('\n4 differences from what the site asks for\n');
});
