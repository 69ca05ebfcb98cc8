import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
  router.writeSite();
  router.sh('ip address flush dev lan0');
});

afterEach(() => router.remove());

function forward(to: string): void {
  appendFileSync(
    join(router.folder, 'polywan.yaml'),
    `port_forwards: [{ protocol: tcp, port: 2222, to: "${to}" }]\n`,
  );
}

it.each([
  ['203.0.113.9:22', '203.0.113.1/24'],
  ['[2001:db8:3::9]:22', '2001:db8:3::1/64'],
])(
  'at boot the network inside is waited for from which the forward to %s may be called',
  async (to, address) => {
    forward(to);
    const applying = router.start(['apply', '--boot', '--wait', '20s']);
    const ended = new Promise((done) => applying.once('close', done));
    await new Promise((done) => setTimeout(done, 1000));
    router.sh(`ip address add ${address} dev lan0`);
    expect(await ended).toBe(0);
    expect(router.polywan(['plan']).stdout).toBe('nothing to change\n');
  },
);

it('at boot nothing inside is waited for where only names of interfaces count', () => {
  const start = Date.now();
  expect(router.polywan(['apply', '--boot', '--wait', '20s']).code).toBe(0);
  expect(Date.now() - start).toBeLessThan(10_000);
  router.sh('ip address add 203.0.113.1/24 dev lan0');
  expect(router.polywan(['plan']).stdout).toBe('nothing to change\n');
});
