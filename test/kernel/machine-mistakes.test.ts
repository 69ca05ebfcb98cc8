import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, PROGRAM } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
  router.writeSite();
});

afterEach(() => router.remove());

describe('a tool that answers something else than JSON', () => {
  const commands: readonly (readonly string[])[] = [
    ['plan'],
    ['apply'],
    ['status'],
    ['remove'],
    ['snapshot'],
    ['lint', '--live'],
  ];

  it.each(['nonsense', '{"not":"a list"}', '[{"ifname":"wan0"'])(
    'is named, with the beginning of it (%s)',
    (said) => {
      const ip = router.shim('ip', `yes '${said}' | head -4; exec cat >/dev/null`);
      for (const words of commands)
        expect(router.polywan(words, ip), words[0]).toMatchObject({
          code: 3,
          stderr: `polywan: ip: answered ${JSON.stringify(said)}, which is not the JSON it was asked for\n`,
        });
      const init = router.sh(
        `export PATH='${ip.PATH}'; ${PROGRAM} init ${router.folder}/new 2>&1 || echo "code $?"`,
      );
      expect(init).toContain(`polywan: ip: answered ${JSON.stringify(said)}`);
      expect(init).toContain('code 3');
    },
  );

  it('is named when it is nft, too', () => {
    const nft = router.shim('nft', `case "$*" in *-j*) echo nonsense;; *) exec "$REAL" "$@";; esac`);
    for (const words of commands)
      expect(router.polywan(words, nft), words[0]).toMatchObject({
        code: 3,
        stderr: 'polywan: nft -j: answered "nonsense", which is not the JSON it was asked for\n',
      });
  });
});

describe('a tool that fails without a word', () => {
  it.each(['iptables-nft-save', 'iptables-nft-restore', 'ip6tables-nft-restore'])(
    '(%s) is said to have done so',
    (program) => {
      router.writeSite({ backend: 'iptables' });
      const { code, stderr } = router.polywan(['apply'], router.shim(program, 'exit 1'));
      expect(code).toBe(3);
      expect(stderr).toContain(program);
      expect(stderr).toContain('ended by itself without a word');
      expect(router.sh('ip rule')).not.toContain('fwmark');
    },
  );

  it('(ip) is said to have done so by init', () => {
    const { PATH } = router.shim('ip', 'kill -9 $$');
    const said = router.sh(
      `export PATH='${PATH}'; ${PROGRAM} init ${router.folder}/new 2>&1 || echo "code $?"`,
    );
    expect(said).toMatch(/^polywan: ip .* show.*: ended by SIGKILL\ncode 3\n$/);
  });
});

it('says so where it may not open enough files, whatever their number', () => {
  const site = join(router.folder, 'polywan.yaml');
  const calls = [`apply -c ${site}`, `status -c ${site}`, `init ${router.folder}/new`];
  for (const call of calls)
    for (const files of [20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 32]) {
      const said = router.sh(
        `rm -rf ${router.folder}/new; ulimit -n ${files}; ${PROGRAM} ${call} 2>&1 >/dev/null || echo "code $?"`,
      );
      expect(said, `${call} with ${files}`).not.toMatch(/bug|^ +at /m);
      if (said.includes('code 3')) expect(said).toMatch(/no more files.*\ncode 3\n$/);
    }
});

it('leaves no half of a site where the disk of an init is full', () => {
  const small = join(router.folder, 'small');
  const init = `${PROGRAM} init ${small}/new 2>&1`;
  // Room for so many files and folders: for the folders alone, the site, a part of a profile, and all.
  for (const room of [2, 3, 4, 5, 6]) {
    const said = router.sh(
      `mkdir -p ${small}; mount -t tmpfs -o nr_inodes=${room} none ${small}; ${init} || { find ${small} -mindepth 1; mount -o remount,nr_inodes=20 ${small}; ${init}; }`,
    );
    expect(said).toMatch(/^(?:polywan: cannot (?:create|link) [^\n]*: no space left on the device\n)?wrote /);
    expect(said).toContain('profiles/wan0.yaml\nuplinks: wan0\n');
  }
});
