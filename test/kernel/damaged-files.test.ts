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
