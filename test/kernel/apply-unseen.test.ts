import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, makeRouter, type Outcome, PROGRAM } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const NFT = ['nft'];
const IPTABLES = ['iptables', 'ip6tables'].flatMap((name) =>
  ['', '-save', '-restore'].map((verb) => `${name}-nft${verb}`),
);

/** polywan in a mount namespace of its own, whose folder of system tools lacks these. */
function without(programs: readonly string[], command: string, env = ''): Outcome {
  const tools = join(router.folder, 'tools');
  const script = `mkdir -p ${tools}
cp -P /usr/sbin/{nft,ipset,ip,conntrack,sysctl} /usr/sbin/*tables* ${tools} 2>/dev/null
(cd ${tools}; rm -f ${programs.join(' ')})
mount --bind ${tools} /usr/sbin
${env} exec ${PROGRAM} ${command} -c ${router.folder}/polywan.yaml`;
  writeFileSync(join(router.folder, 'script'), script);
  const text = router.sh(
    `unshare -m bash ${router.folder}/script 2>${router.folder}/said && echo "code 0" || echo "code $?"`,
  );
  return {
    code: Number(/code (\d+)\n$/.exec(text)?.[1]),
    stdout: text.replace(/code \d+\n$/, ''),
    stderr: readFileSync(join(router.folder, 'said'), 'utf8'),
  };
}

/** All of the machine, with the record of what is applied. */
function everything(): string {
  const record = join(router.folder, 'state', 'applied.json');
  const applied = existsSync(record) ? readFileSync(record, 'utf8') : '';
  return [router.listing(), router.sh('iptables-legacy-save; ipset save'), applied].join('\n');
}

const USES_IPTABLES = { POLYWAN_IPTABLES: 'iptables-nft' };

describe('a program that has loaded something and is gone', () => {
  it.each([
    ['nftables', 'remove', 'nftables', 'nft is not installed (Debian package nftables)'],
    ['nftables', 'apply', 'iptables', 'nft is not installed (Debian package nftables)'],
    ['nftables', 'apply', 'auto', 'nft is not installed (Debian package nftables)'],
    ['iptables', 'remove', 'iptables', 'iptables-nft-save is not installed (Debian package iptables)'],
    ['iptables', 'apply', 'nftables', 'iptables-nft-save is not installed (Debian package iptables)'],
  ] as const)('%s: `%s` of a site that wants %s is refused, and nothing is changed', (...row) => {
    const [loaded, command, wanted, missing] = row;
    router.writeSite({ backend: loaded });
    expect(router.polywan(['apply'], USES_IPTABLES).code).toBe(0);
    const before = everything();
    router.writeSite({ backend: wanted });
    const programs = loaded === 'nftables' ? NFT : IPTABLES;
    const result = without(programs, command, 'POLYWAN_IPTABLES=iptables-nft');
    expect(result.stderr).toBe(
      `polywan: ${missing}, and polywan has used it here: what it has loaded can neither be seen nor taken away without it\n`,
    );
    expect(result.code).toBe(3);
    expect(everything()).toBe(before);
    expect(router.polywan(['remove'], USES_IPTABLES).code).toBe(0);
    expect(router.sh('nft list ruleset; ip rule')).not.toMatch(/polywan|fwmark/);
  });

  it('is missed by a rollback of a run that was cut off, too', () => {
    router.writeSite();
    // Killed as soon as nft has loaded.
    const shim = router.shim(
      'nft',
      'case "$*" in "-j -i") exit 1;; "-f -") "$REAL" "$@"; kill -9 $PPID;; esac\nexec "$REAL" "$@"',
    );
    expect(router.polywan(['apply'], shim).code).not.toBe(0);
    const before = router.listing();
    expect(before).toContain('table inet polywan');
    expect(without(NFT, 'rollback').code).toBe(3);
    expect(without(NFT, 'remove').code).toBe(3);
    expect(router.listing()).toBe(before);
    expect(router.polywan(['rollback']).code).toBe(0);
    expect(router.sh('nft list tables')).toBe('');
  });
});

it('does without programs it has not used', () => {
  router.writeSite({ backend: 'iptables' });
  const nothing = router.listing();
  expect(without(NFT, 'apply', 'POLYWAN_IPTABLES=iptables-legacy')).toMatchObject({ code: 0, stderr: '' });
  expect(without([...NFT, 'ipset'], 'remove')).toMatchObject({ code: 0, stderr: '' });
  expect(everythingIn(router)).toBe(nothing);
});

it('removes nothing while ipset does not show the sets it has made', () => {
  router.writeSite({ backend: 'iptables' });
  const site = join(router.folder, 'polywan.yaml');
  const text = readFileSync(site, 'utf8');
  const rule = 'steering:\n  - { name: films, domain: example.net, policy: balanced }\n';
  writeFileSync(site, text.replace('steering:\n', rule));
  expect(router.polywan(['apply'], USES_IPTABLES).code).toBe(0);
  const before = everything();
  expect(before).toContain('create polywan-');
  const result = router.polywan(['remove'], router.shim('ipset', 'echo "made to fail" >&2; exit 1'));
  expect(result).toMatchObject({ code: 3, stderr: 'polywan: ipset save: made to fail\n' });
  expect(everything()).toBe(before);
  expect(router.polywan(['remove']).code).toBe(0);
  expect(router.sh('ipset save')).toBe('');
});
