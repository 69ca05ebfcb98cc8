import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
});

afterAll(() => router.remove());

const NOTHING = 'nothing to change\n';

function path(name: string): string {
  return join(router.folder, name);
}

it('a plan that changes nothing is kept, and the next one is answered from it', () => {
  expect(router.polywan(['plan']).stdout).toBe(NOTHING);
  const { ino } = statSync(path('state/unchanged'));
  const said = router.polywan(['plan', '--json']);
  expect(router.polywan(['apply']).stdout).toBe(NOTHING);
  expect(statSync(path('state/unchanged')).ino).toBe(ino);
  rmSync(path('state/unchanged'));
  expect(router.polywan(['plan', '--json'])).toEqual(said);
});

const SITE = 'polywan.yaml';
const PROFILE = 'profiles/fiber.yaml';

function exchange(file: string, from: string, to: string): void {
  const text = readFileSync(path(file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(path(file), text.replace(from, to));
}

/** What may differ, and how. */
const DIFFERENCES: readonly (readonly [string, () => void])[] = [
  ['a rule of the table is gone', () => router.sh('nft flush chain inet polywan output')],
  ['an element of a map is another', () => router.sh('nft flush map inet polywan slots_balanced_ipv4')],
  ['the table is gone', () => router.sh('nft delete table inet polywan')],
  ['a policy rule is gone', () => router.sh('ip rule del pref 11001')],
  ['an IPv6 policy rule is gone', () => router.sh('ip -6 rule del pref 11001')],
  ['a policy rule of polywan’s is too many', () => router.sh('ip rule add pref 13999 lookup 99 protocol 87')],
  ['a route is gone', () => router.sh('ip route flush table 8701')],
  ['a sysctl has its old value', () => router.sh('sysctl -qw net.ipv4.ip_forward=0')],
  ['a file is gone', () => rmSync(path('root/etc/iproute2/rt_tables.d/polywan.conf'))],
  ['a file has another text', () => appendFileSync(path('root/etc/iproute2/rt_tables.d/polywan.conf'), '\n')],
  [
    'somebody else gives the name of a WAN to a table',
    () => writeFileSync(path('root/etc/iproute2/rt_tables.d/office.conf'), '100 fiber\n'),
  ],
  ['an address has changed', () => router.sh('ip address add 192.0.2.77/24 dev wan0')],
  ['the site has another weight', () => exchange(SITE, 'weight: 3', 'weight: 5')],
  ['a profile has another gateway', () => exchange(PROFILE, '192.0.2.1', '192.0.2.9')],
  ['a profile is gone', () => router.writeSite({ wans: ['fiber'] })],
];

it.each(DIFFERENCES)('but not where %s', (_what, differ) => {
  const before = [SITE, PROFILE].map((file) => [file, readFileSync(path(file), 'utf8')] as const);
  expect(router.polywan(['plan']).stdout).toBe(NOTHING);
  expect(router.polywan(['plan']).stdout).toBe(NOTHING);
  differ();
  const { code, stdout } = router.polywan(['plan']);
  expect(code).toBe(0);
  expect(stdout).not.toBe(NOTHING);
  for (const [file, text] of before) writeFileSync(path(file), text);
  expect(router.polywan(['apply']).code).toBe(0);
});

it('nor for another call, another site, or one that cannot be read', () => {
  expect(router.polywan(['plan']).stdout).toBe(NOTHING);
  expect(router.polywan(['plan', '--down', 'fiber']).stdout).not.toBe(NOTHING);
  const text = readFileSync(path(SITE), 'utf8');
  appendFileSync(path(SITE), 'polices: {}\n');
  expect(router.polywan(['plan']).code).toBe(2);
  writeFileSync(path(SITE), text);
  expect(router.polywan(['plan']).stdout).toBe(NOTHING);
  writeFileSync(path('state/unchanged'), 'spoilt');
  expect(router.polywan(['plan']).stdout).toBe(NOTHING);
});
