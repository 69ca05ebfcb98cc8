import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';
import { sending, summariesOf } from './own-datagram.ts';

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
  router.sh('ip address del 203.0.113.1/24 dev lan0');
  router.sh('ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 nud permanent dev wan0');
});

afterAll(() => router?.remove());

const DROPPING = `table inet d {
flags dormant;
chain out { type filter hook output priority 0; policy drop; }
}
`;

function write(name: string, text: string): string {
  const file = join(router.folder, name);
  writeFileSync(file, text);
  return file;
}

describe("somebody's dormant table", () => {
  afterEach(() => router.sh('nft flush ruleset'));

  it.each([
    ['as nft files have it', DROPPING],
    [
      'by a command of its own',
      `${DROPPING.replace('flags dormant;', '')}add table inet d { flags dormant; }\n`,
    ],
  ])('does nothing to packets, and trace passes it over: %s', async (_, text) => {
    router.sh(
      "nft 'table netdev far { chain in { type filter hook ingress device far-wan0 priority 0; udp dport 5000 counter; }; }'",
    );
    const file = write('dormant.nft', text);
    router.sh(`nft -f ${file}\n${sending(1)}`);
    // The other end may see it a moment later.
    await expect
      .poll(() => router.sh('nft list table netdev far'), { timeout: 30_000 })
      .toMatch(/packets 1 /);
    expect(summariesOf(router).join('; ')).toContain('leaves by wan0');
    expect(router.polywan(['trace', '--on', file, '--out', '--dst', '203.0.113.200']).stdout).not.toContain(
      'dropped',
    );
  });

  it('runs again when it is named without the flag, for trace too', () => {
    const file = write('woken.nft', `${DROPPING}add table inet d\n`);
    router.sh(`nft -f ${file}`);
    expect(router.sh('nft list ruleset')).not.toContain('dormant');
    expect(summariesOf(router).join('; ')).toContain('dropped');
    expect(router.polywan(['trace', '--on', file, '--out', '--dst', '203.0.113.200']).stdout).toContain(
      'dropped',
    );
  });

  it('does not hide the tables behind it, though nft 1.0.6 may end its listing there', () => {
    router.sh("nft 'flush ruleset; add table inet polywan-sleeper { flags dormant; }'");
    router.sh(
      "nft 'table inet e { chain out { type filter hook output priority 0; udp dport 5000 drop; }; }'",
    );
    expect(summariesOf(router).join('; ')).toContain('dropped');
  });

  it('gives lint nothing to find', () => {
    const findings = (flags: string) => {
      const chain = 'chain out { type filter hook output priority 0; accept; drop; }';
      const file = write('findings.nft', `table inet d {\n${flags}\n${chain}\n}\n`);
      return router.polywan(['lint', file]).stdout;
    };
    expect(findings('')).toContain('unreachable-rule');
    expect(findings('flags dormant;')).not.toContain('unreachable-rule');
  });

  it('may be one of iptables-nft, which does not say so', () => {
    router.sh('iptables-nft -A OUTPUT -p udp -j DROP');
    expect(summariesOf(router).join('; ')).toContain('dropped');
    router.sh("nft 'add table ip filter { flags dormant; }'");
    router.sh(sending(1));
    expect(summariesOf(router).join('; ')).toContain('leaves by wan0');
  });
});

describe("polywan's own table", () => {
  it.each([
    ['put to sleep', "nft 'add table inet polywan { flags dormant; }'"],
    ['replaced by an empty one', "nft 'flush ruleset; add table inet polywan { flags dormant; }'"],
    ['emptied', "nft 'flush ruleset; add table inet polywan'"],
  ])('has drifted when it is %s, and apply puts it back', (_, script) => {
    router.writeSite();
    expect(router.polywan(['apply']).code).toBe(0);
    const applied = router.listing();
    router.sh(script);
    expect(router.polywan(['status'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('~ nft table inet polywan'),
    });
    expect(router.polywan(['plan', '--exit-code']).code).toBe(1);
    expect(router.polywan(['apply'])).toMatchObject({ code: 0, stderr: '' });
    expect(router.listing()).toBe(applied);
  });

  it('is found and taken away, dormant and empty as it may be', () => {
    router.sh("nft 'flush ruleset; add table inet polywan { flags dormant; }'");
    expect(router.polywan(['remove'])).toMatchObject({ code: 0, stderr: '' });
    expect(router.sh('nft list ruleset')).toBe('');
  });
});
