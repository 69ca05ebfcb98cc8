import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, makeRouter } from './apply-router.ts';

let router: ApplyRouter;
let nothing: string;

const env = { POLYWAN_IPTABLES: 'iptables-nft' };

beforeEach(() => {
  router = makeRouter();
  router.writeSite({ backend: 'iptables' });
  // iptables-nft-save, which lists, brings no table into being.
  nothing = everything();
  expect(router.polywan(['apply'], env).code).toBe(0);
});

afterEach(() => router.remove());

const everything = () => everythingIn(router);

function isCutOff(): boolean {
  return existsSync(join(router.folder, 'state', 'journal.json'));
}

/**
 * Before nft is asked for this: for all tables, or to load, which it is only for those that are left when all else is
 * done.
 */
function before(words: '-j list ruleset' | '-f -', script: string): Record<string, string> {
  return { ...env, ...router.shim('nft', `case "$*" in "${words}") ${script};; esac\nexec "$REAL" "$@"`) };
}

describe('the tables of iptables-nft that are left empty', () => {
  it('go with the next remove when the first was cut off after its last change', () => {
    expect(router.polywan(['remove'], before('-f -', 'kill -9 $PPID; exit 1')).code).not.toBe(0);
    expect(isCutOff()).toBe(true);
    expect(router.sh('nft list tables')).toContain('table ip mangle');
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(everything()).toBe(nothing);
    expect(isCutOff()).toBe(false);
  });

  it('go with the next apply when the one that left them was cut off after its last change', () => {
    router.writeSite({ backend: 'nftables' });
    // Rules are loaded by another call of nft.
    expect(router.polywan(['apply'], before('-f -', 'kill -9 $PPID; exit 1')).code).not.toBe(0);
    expect(isCutOff()).toBe(true);
    expect(router.sh('nft list tables')).toContain('table ip mangle');
    expect(router.polywan(['apply'])).toMatchObject({ code: 0, stdout: 'nothing to change\n' });
    expect(isCutOff()).toBe(false);
    expect(router.sh('nft list tables')).toBe('table inet polywan\n');
  });

  it('are told of when nft does not take them away, and not forgotten', () => {
    const failing = () => before('-f -', 'echo "made to fail" >&2; exit 1');
    const refused = router.polywan(['remove'], failing());
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('made to fail');
    expect(refused.stderr).toContain('the machine is as it was before');
    expect(router.polywan(['apply'], env).stdout).toBe('nothing to change\n');
    expect(router.polywan(['remove'], before('-f -', 'kill -9 $PPID; exit 1')).code).not.toBe(0);
    expect(router.polywan(['remove'], failing()).code).toBe(3);
    expect(isCutOff()).toBe(true);
    expect(router.polywan(['remove'], env).code).toBe(0);
    expect(everything()).toBe(nothing);
  });

  it('stay where another program has put a rule into one meanwhile', () => {
    const meanwhile = 'iptables-nft -t mangle -A FORWARD -s 203.0.113.8 -j ACCEPT';
    expect(router.polywan(['remove'], before('-j list ruleset', meanwhile))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(router.sh('iptables-nft -t mangle -S')).toContain('-A FORWARD -s 203.0.113.8/32 -j ACCEPT');
    expect(router.sh('ip rule')).not.toContain('fwmark');
  });
});

it('the builtin chains that iptables-nft has added to the table of another program go, and the others stay', () => {
  expect(router.polywan(['remove'], env).code).toBe(0);
  const listing = () => router.sh('nft -s list ruleset');
  router.sh(`iptables-nft -t mangle -A PREROUTING -s 203.0.113.8 -j ACCEPT
    nft add chain ip mangle INPUT '{ type filter hook input priority mangle; }'`);
  const others = listing();
  expect(router.polywan(['apply'], env).code).toBe(0);
  expect(listing()).toContain('chain OUTPUT');
  expect(router.polywan(['apply'], env).stdout).toBe('nothing to change\n');
  expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
  expect(listing()).toBe(others);
});
