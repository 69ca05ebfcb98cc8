import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
  router.writeSite({ backend: 'auto' });
});

afterEach(() => router.remove());

/** Where nft is asked what it can do; with HEALTHY it is the real one, as the same program. */
function whenAsked(script: string): Record<string, string> {
  return router.shim('nft', `case "$*$HEALTHY" in "-c -f -") ${script};; esac\nexec "$REAL" "$@"`);
}

describe('an nft that fails for the moment', () => {
  it.each([
    ['is killed', 'kill -9 $$', 'ended by SIGKILL'],
    ['ends without a word', 'exit 1', 'ended by itself without a word'],
    ['has no memory', 'echo "Error: Out of memory" >&2; exit 1', 'Error: Out of memory'],
  ])('(it %s) is no reason for another backend, then and later', (_, script, said) => {
    const env = whenAsked(script);
    const refused = router.polywan(['plan'], env);
    expect(refused.stderr).toContain(`nft could not be asked what it can do here: ${said}`);
    expect(refused.code).toBe(3);
    // The same program, healthy again.
    expect(router.polywan(['apply'], { ...env, HEALTHY: 'yes' }).stdout).toContain('nftables');
    expect(router.sh('nft list tables')).toContain('table inet polywan');
  });
});

it('says what nft says where it refuses everything, and asks it again the next time', () => {
  const env = whenAsked('echo "Error: Protocol not supported" >&2; exit 1');
  const plan = router.polywan(['plan'], env);
  const text = (plan.stdout + plan.stderr).replaceAll(/\s+/g, ' ');
  expect(text).toContain('nft refuses everything here: Error: Protocol not supported');
  expect(text).not.toContain('lacks');
  expect(router.polywan(['apply'], { ...env, HEALTHY: 'yes' }).code).toBe(0);
  expect(router.sh('nft list tables')).toContain('table inet polywan');
});
