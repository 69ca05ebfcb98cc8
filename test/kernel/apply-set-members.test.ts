import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const FRONTENDS = ['iptables-nft', 'iptables-legacy'] as const;

function apply(backend: 'nftables' | 'iptables', env: Record<string, string>): void {
  router.writeSite({ backend });
  const site = join(router.folder, 'polywan.yaml');
  const rules =
    '  - { set: streaming, policy: balanced }\n  - { domain: films.example, policy: balanced }\n  - { set: all, policy: balanced }\n';
  writeFileSync(site, readFileSync(site, 'utf8').replace('steering:\n', `steering:\n${rules}`));
  expect(router.polywan(['apply'], env)).toMatchObject({ code: 0 });
  expect(router.polywan(['plan', '--exit-code'], env)).toMatchObject({ code: 0 });
}

/** Name → members, of sets that have any. */
function ipsets(): Record<string, string[]> {
  const lines = router
    .sh('ipset save')
    .split('\n')
    .map((line) => line.split(' '));
  const added = lines.filter(([command]) => command === 'add');
  const found: Record<string, string[]> = {};
  for (const [, name = ''] of added)
    found[name] = added.flatMap(([, set, member = '']) => (set === name ? [member] : [])).sort();
  return found;
}

function nftMembers(set: string): string {
  const listed = router.sh(`nft list set inet polywan ${set}`);
  return (/elements = \{([^}]*)\}/.exec(listed)?.[1] ?? '').replaceAll(/\s+/g, ' ').trim();
}

it.each(FRONTENDS)('takes what others put into nft sets along to %s', (POLYWAN_IPTABLES) => {
  const env = { POLYWAN_IPTABLES };
  apply('nftables', env);
  const add = (set: string, members: string) =>
    router.sh(`nft add element inet polywan ${set} '{ ${members} }'`);
  add('set_streaming_ipv4', '203.0.113.7, 198.51.100.0/28, 203.0.113.64-203.0.113.66');
  add('set_streaming_ipv4', '203.0.113.200 timeout 1h');
  add('set_streaming_ipv6', '2001:db8:7::7, 2001:db8:8::/48');
  add('domain_films.example_ipv4', '203.0.113.9');
  add('set_all_ipv4', '0.0.0.0/0');
  apply('iptables', env);
  const sets = ipsets();
  const domain = Object.keys(sets).find((name) => name.startsWith('polywan-d-')) ?? '';
  expect(sets).toEqual({
    'polywan-streaming-4': ['198.51.100.0/28', '203.0.113.64/31', '203.0.113.66', '203.0.113.7'],
    'polywan-streaming-6': ['2001:db8:7::7', '2001:db8:8::/48'],
    'polywan-all-4': ['0.0.0.0/1', '128.0.0.0/1'],
    [domain]: ['203.0.113.9'],
  });
});

it.each(FRONTENDS)('takes what others put into ipsets along from %s to nft', (POLYWAN_IPTABLES) => {
  const env = { POLYWAN_IPTABLES };
  apply('iptables', env);
  // A network and a part of it are two members of an ipset, and one interval of an nft set.
  for (const member of ['203.0.113.7', '198.51.100.0/24', '198.51.100.64/28'])
    router.sh(`ipset add polywan-streaming-4 ${member}`);
  for (const half of ['0.0.0.0/1', '128.0.0.0/1']) router.sh(`ipset add polywan-all-4 ${half}`);
  router.sh('ipset add polywan-streaming-6 2001:db8:7::7');
  apply('nftables', env);
  expect(nftMembers('set_streaming_ipv4')).toBe('198.51.100.0/24, 203.0.113.7');
  expect(nftMembers('set_streaming_ipv6')).toBe('2001:db8:7::7');
  expect(nftMembers('set_all_ipv4')).toBe('0.0.0.0/0');
  expect(router.sh('ipset save')).toBe('');
});

it('takes them back where the change of backend fails', () => {
  const env = { POLYWAN_IPTABLES: 'iptables-nft' };
  apply('nftables', env);
  router.sh("nft add element inet polywan set_streaming_ipv4 '{ 203.0.113.7 }'");
  const before = router.listing();
  router.writeSite({ backend: 'iptables' });
  const failing = router.shim(
    'ip6tables-nft-restore',
    'case "$*" in *--test*) exec "$REAL" "$@";; esac; exit 1',
  );
  expect(router.polywan(['apply'], { ...env, ...failing })).toMatchObject({ code: 3 });
  expect(router.listing()).toBe(before);
});
