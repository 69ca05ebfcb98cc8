import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const everything = () => everythingIn(router);

/** The real program, but at its nth start one that says nothing and does not end, as does what it has started. */
function hangAt(nth: number): string {
  return `count
[ $n = ${nth} ] && { sleep 600; exit 1; }
exec "$REAL" "$@"`;
}

describe('a tool that hangs', () => {
  // Longer than a tool that is well takes on a machine that stands still for a second or two.
  const LIMIT = '4s';
  const limit = { POLYWAN_TOOL_TIMEOUT: LIMIT };

  it.each([
    ['ip', 1],
    ['ip', 2],
    ['nft', 1],
    ['nft', 2],
    ['nft', 3],
  ] as const)('is killed, named, and what was done taken back (%s at start %d)', (program, nth) => {
    router.writeSite();
    const nothing = everything();
    const env = { ...limit, ...router.shim(program, hangAt(nth)) };
    const result = router.polywan(['apply'], env);
    // An apply from nothing starts nft three times: for features, to list and load, and for the check.
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(
      new RegExp(`^polywan: ${program}.*: no answer within ${LIMIT}; it was killed$`, 'm'),
    );
    expect(result.stderr).not.toContain('bug');
    expect(everything()).toBe(nothing);
    expect(router.polywan(['apply']).code).toBe(0);
  });

  it('when it takes lines and answers none of them, is killed too, with both families going back', () => {
    router.writeSite();
    expect(router.polywan(['apply']).code).toBe(0);
    router.writeSite({ wans: ['fiber'], policies: ['balanced', 'web'] });
    router.sh('ip rule del pref 11001');
    const before = everything();
    // Everything is answered but the first new rule, which ends in a pipe nobody reads on.
    const shim = `count
[ $n -gt 2 ] && exec "$REAL" "$@"
exec "$REAL" "$@" < <(while IFS= read -r line; do
  case "$line" in "rule add"*) exec sleep 600;; esac
  printf '%s\\n' "$line"
done)`;
    const result = router.polywan(['apply'], { ...limit, ...router.shim('ip', shim) });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('ip -4 (rule add');
    expect(result.stderr).toContain('the machine is as it was before');
    expect(everything()).toBe(before);
  });

  it.each([
    ['lists and does not load', '1q', ''],
    ['loads and does not list again', '2q', '"$REAL" "$@"; '],
  ])('when it %s, is killed, and what was done taken back', (_, lines, first) => {
    router.writeSite();
    const nothing = everything();
    // An nft of its own loads where the one that stays was slow to list.
    const shim = `case "$*" in "-j -i") exec "$REAL" "$@" < <(sed -u ${lines}; exec sleep 600);; "-f -") count; [ $n = 1 ] && { ${first}exec sleep 600; };; esac
exec "$REAL" "$@"`;
    const result = router.polywan(['apply'], { ...limit, ...router.shim('nft', shim) });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain(`polywan: nft: no answer within ${LIMIT}; it was killed`);
    expect(result.stderr).toContain('the machine is as it was before');
    expect(everything()).toBe(nothing);
  });

  it('hangs again while going back: the run ends, and rollback finishes it when the tool works again', () => {
    router.writeSite();
    const before = everything();
    // Every nft that is to load, or to list on the way back, hangs.
    const shim = `case "$*" in "-j -i") exec "$REAL" "$@" < <(sed -u 1q; exec sleep 600);; "-j list"*) exec sleep 600;; esac
exec "$REAL" "$@"`;
    const result = router.polywan(['apply'], { ...limit, ...router.shim('nft', shim) });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain(`going back failed too: nft: no answer within ${LIMIT}`);
    expect(router.polywan(['rollback']).code).toBe(0);
    expect(everything()).toBe(before);
  });

  it('has a limit that must be a duration', () => {
    router.writeSite();
    const result = router.polywan(['plan'], { POLYWAN_TOOL_TIMEOUT: 'soon' });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('POLYWAN_TOOL_TIMEOUT is soon');
  });
});
