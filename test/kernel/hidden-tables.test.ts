import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

const env = { POLYWAN_IPTABLES: 'iptables-nft' };
const FOREIGN = `nft -f - <<'END'
table ip mangle {
  chain PREROUTING {
    type filter hook prerouting priority mangle; policy accept;
    meta mark set numgen inc mod 2 offset 5
  }
}
END`;

beforeEach(() => {
  router = makeRouter();
  router.writeSite({ backend: 'iptables' });
});

afterEach(() => router.remove());

const everything = () => everythingIn(router);

describe('a rule of nft that iptables-nft cannot show, and for which it keeps quiet about the whole table', () => {
  it('keeps an apply from loading anything into that table', () => {
    router.sh(FOREIGN);
    const before = everything();
    const { code, stderr } = router.polywan(['apply'], env);
    expect(stderr).toBe(
      'polywan: nft has put rules into table ip mangle that iptables-nft cannot show (nft list table ip mangle); move them into a table of their own, or take backend: nftables; nothing was changed\n',
    );
    expect(code).toBe(3);
    expect(everything()).toBe(before);
  });

  it('is in nobody’s way in a table that polywan does not need', () => {
    router.sh(FOREIGN.replaceAll('mangle', 'filter'));
    const before = everything();
    for (const args of [['apply'], ['plan', '--exit-code'], ['remove']])
      expect(router.polywan(args, env).code).toBe(0);
    expect(everything()).toBe(before);
    router.sh(FOREIGN);
    router.writeSite({ backend: 'nftables' });
    for (const args of [['apply'], ['plan', '--exit-code'], ['remove']])
      expect(router.polywan(args, env).code).toBe(0);
  });

  it('hides what polywan has there: nothing is built on that, and nothing is told as removed', () => {
    const before = everything();
    expect(router.polywan(['apply'], env).code).toBe(0);
    const applied = everything();
    router.sh(FOREIGN);
    for (const command of ['status', 'plan', 'apply', 'remove']) {
      const { code, stderr } = router.polywan([command], env);
      expect({ command, code, stderr }).toEqual({
        command,
        code: 3,
        stderr:
          "polywan: nft has put rules into table ip mangle that iptables-nft cannot show (nft list table ip mangle), so that polywan's there can be neither seen nor taken away; move them into a table of their own\n",
      });
    }
    router.sh(
      'nft delete rule ip mangle PREROUTING handle $(nft -a list chain ip mangle PREROUTING | sed -n "s/.*numgen.*handle //p")',
    );
    expect(everything()).toBe(applied);
    expect(router.polywan(['remove'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(everything()).toBe(before);
  });
});
