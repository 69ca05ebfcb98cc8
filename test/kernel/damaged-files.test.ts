import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

const inState = (name: string) => join(router.folder, 'state', name);

beforeEach(() => {
  router = makeRouter();
  router.writeSite();
  mkdirSync(join(router.folder, 'state'));
});

afterEach(() => router.remove());

describe('a lock', () => {
  it.each(['{}', '[]', 'null', '7', '"lock"', '', 'no JSON', '{"pid":1}'])(
    'that says %s is nobody’s',
    (text) => {
      writeFileSync(inState('lock'), text);
      expect(router.polywan(['remove'])).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('that leads to nothing is refused, as is what guards one', () => {
    symlinkSync('/nonexistent', inState('lock'));
    expect(router.polywan(['apply'])).toMatchObject({
      code: 3,
      stderr: `polywan: ${inState('lock')} is no file that can be read; take it away and run this again\n`,
    });
    rmSync(inState('lock'));
    writeFileSync(inState('lock'), '{}');
    symlinkSync('/nonexistent', inState('lock.guard'));
    expect(router.polywan(['apply'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('lock.guard is no file that can be read'),
    });
  });
});

describe('a record', () => {
  const damaged = (name: string) =>
    `polywan: ${inState(name)} is damaged; take it away; polywan apply, or polywan remove, then brings this machine into order\n`;

  it.each(['applied.json', 'journal.json', 'pending.json'])(
    '%s that has nothing but its version, or is cut off, is damaged',
    (name) => {
      const commands =
        name === 'pending.json' ? ['apply', 'rollback', 'confirm'] : ['apply', 'plan', 'status', 'remove'];
      for (const text of ['{"version":1}', '{"version":1,"before":7,"desired":[]}', '{"version":1,'])
        for (const command of commands) {
          writeFileSync(inState(name), text);
          expect(router.polywan([command]), command).toMatchObject({ code: 3, stderr: damaged(name) });
        }
      rmSync(inState(name));
      expect(router.polywan(['apply']).code).toBe(0);
    },
  );

  it('of what a monitor wants is damaged when that monitor lives, and else says nothing', () => {
    const start = router.sh(`cut -d' ' -f22 /proc/1/stat`).trim();
    writeFileSync(inState('demand.json'), JSON.stringify({ version: 1, pid: 1, start }));
    expect(router.polywan(['apply'])).toMatchObject({ code: 3, stderr: damaged('demand.json') });
    for (const text of ['', 'no JSON', '{"version":1}', '{"version":1,"pid":1,"start":"other"}']) {
      writeFileSync(inState('demand.json'), text);
      expect(router.polywan(['apply']).code, text).toBe(0);
      expect(router.polywan(['status']).code, text).toBe(0);
    }
  });
});
