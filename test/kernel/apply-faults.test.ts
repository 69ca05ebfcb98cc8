import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, everythingIn, isUnderWay, makeRouter, PROGRAM } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

const everything = () => everythingIn(router);

/** Fails at the nth start of the program; is the real one at every other. */
function failAt(nth: number): string {
  return `count
[ $n = ${nth} ] && { echo "made to fail" >&2; exit 1; }
exec "$REAL" "$@"`;
}

describe('a step that fails leads back to the state before', () => {
  it.each([
    ['nft', 1],
    ['nft', 2],
    ['nft', 3],
    ['ip', 1],
    ['ip', 2],
  ] as const)('when %s fails at start %d, from nothing and from another state', (program, nth) => {
    router.writeSite();
    const nothing = everything();
    const first = router.polywan(['apply'], router.shim(program, failAt(nth)));
    if (first.code !== 0) expect(everything()).toBe(nothing);
    expect([0, 3]).toContain(first.code);
    expect(router.polywan(['apply']).code).toBe(0);
    const applied = everything();
    router.writeSite({ wans: ['fiber'] });
    const second = router.polywan(['apply'], router.shim(program, failAt(nth)));
    if (second.code !== 0) {
      expect(second.stderr).toContain('made to fail');
      expect(everything()).toBe(applied);
    }
    // One of the first two starts of nft asks for features, and when that fails, each is asked for by itself; the other,
    // side by side with it, is to list and to load, and when that fails, others do.
    if (program === 'ip' || nth === 3) expect(second.code).toBe(3);
    expect(router.polywan(['apply']).code).toBe(0);
    expect(router.polywan(['status']).code).toBe(0);
  });

  it.each([
    ['has no prompt', 'exit 1'],
    ['keeps its answer until its input ends', 'exec "$REAL" "$@" > >(said=$(cat); echo "$said") 2>&1'],
    ['does not include files', `exec "$REAL" "$@" < <(exec sed -u 's/^include .*/bogus/')`],
  ])('when nft %s, and another does not load either; where that does, all is well', (_, prompt) => {
    router.writeSite();
    const nothing = everything();
    const script = (load: string) =>
      `case "$*" in "-j -i") ${prompt};; "-f -") ${load};; esac\nexec "$REAL" "$@"`;
    const refused = router.polywan(['apply'], router.shim('nft', script('echo "made to fail" >&2; exit 1')));
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr).toContain('polywan: nft: made to fail\nthe machine is as it was before');
    expect(everything()).toBe(nothing);
    expect(router.polywan(['apply'], router.shim('nft', script('exec "$REAL" "$@"'))).code).toBe(0);
    expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
  });

  it.each([
    ['before', '/^include/Q', ''],
    ['after', '/^include/q', '"$REAL" "$@"; '],
  ])('when nft dies %s it has loaded', (_, lines, first) => {
    router.writeSite();
    const nothing = everything();
    const prompt = `exec "$REAL" "$@" < <(exec sed -u ${lines})`;
    // An nft of its own loads where the one that stays was slow to list.
    const load = `count; [ $n = 1 ] && { ${first}exit 1; }`;
    const script = `case "$*" in "-j -i") ${prompt};; "-f -") ${load};; esac\nexec "$REAL" "$@"`;
    const result = router.polywan(['apply'], router.shim('nft', script));
    expect(result.stderr).toContain('polywan: nft: ended by itself without a word');
    expect(result.stderr).toContain('the machine is as it was before');
    expect(everything()).toBe(nothing);
  });

  it('when nft loads and does not list what it has loaded', () => {
    router.writeSite();
    const nothing = everything();
    // The one that stays has ended before; one loads in its place, and one that is to list cannot.
    const script = `case "$*" in "-j -i") exec "$REAL" "$@" < <(exec sed -u 1q);; "-j list"*) count; [ $n = 1 ] && { echo 'made to fail' >&2; exit 1; };; esac
exec "$REAL" "$@"`;
    const result = router.polywan(['apply'], router.shim('nft', script));
    expect(result.stderr).toContain('made to fail');
    expect(result.stderr).toContain('the machine is as it was before');
    expect(result.code).toBe(3);
    expect(everything()).toBe(nothing);
  });

  it.each(['rule add', 'route replace', 'rule del', 'route del'])(
    'when ip refuses its first `%s`',
    (verb) => {
      router.writeSite();
      expect(router.polywan(['apply']).code).toBe(0);
      const before = everything();
      router.writeSite({ wans: ['fiber'], policies: ['balanced', 'web'] });
      if (verb === 'rule add' || verb === 'route replace')
        router.sh('ip rule del pref 11001; ip route flush table 8701');
      const damaged = everything();
      // The words of the first such line are spoilt once: going back after it uses a new child, which is not.
      const spoil = `count
[ $n -gt 2 ] && exec "$REAL" "$@"
exec "$REAL" "$@" < <(exec sed -u 's/^${verb} .*$/bogus/' 2>/dev/null)`;
      const result = router.polywan(['apply'], router.shim('ip', spoil));
      expect(result.code).toBe(3);
      expect(result.stderr).toContain('the machine is as it was before');
      expect(everything()).toBe(damaged);
      router.writeSite();
      expect(router.polywan(['apply']).code).toBe(0);
      expect(everything()).toBe(before);
    },
  );
});

it('keeps the rule of another program that differs from its own only by the owner', () => {
  router.writeSite();
  router.sh('ip rule add pref 11002 fwmark 0x2000000/0xff000000 lookup 8702 protocol 4');
  const before = everything();
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.polywan(['remove']).code).toBe(0);
  expect(everything()).toBe(before);
});

it('says which package a missing tool is in, and changes nothing', () => {
  router.writeSite();
  const before = everything();
  // A mount namespace of its own in which the folder of system tools is empty.
  const result = router.sh(
    `unshare -m sh -c 'mount -t tmpfs none /usr/sbin; exec ${PROGRAM} apply -c ${router.folder}/polywan.yaml' 2>&1 || echo "code $?"`,
  );
  expect(result).toContain('(Debian package ');
  expect(result).toContain('code 3');
  expect(everything()).toBe(before);
});

it('asks an ordinary user to run it as root', () => {
  router.writeSite();
  const result = router.sh(
    `chmod -R a+rX ${router.folder}; POLYWAN_STATE_DIR=/nowhere/polywan setpriv --reuid 65534 --regid 65534 --clear-groups ${PROGRAM} apply -c ${router.folder}/polywan.yaml 2>&1 || echo "code $?"`,
  );
  expect(result).toContain('run as root');
  expect(result).toContain('code 3');
});

it('names the right that root may lack in a container', () => {
  router.writeSite();
  const result = router.sh(
    `for command in plan apply status remove 'lint --live'; do setpriv --bounding-set -net_admin ${PROGRAM} $command -c ${router.folder}/polywan.yaml 2>&1 || echo "code $?"; done`,
  );
  expect(result.split('\n').filter((line) => line !== '')).toEqual(
    ['', '', '', '', ''].flatMap(() => [
      expect.stringMatching(/^polywan: run as root \(in a container: with CAP_NET_ADMIN\): \S/),
      'code 3',
    ]),
  );
});

it('asks for root, too, who cannot read what root has left', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  const result = router.sh(
    `chmod -R a+rX ${router.folder}; chmod 600 ${router.folder}/state/*; for command in plan status remove monitor; do setpriv --reuid 65534 --regid 65534 --clear-groups ${PROGRAM} $command -c ${router.folder}/polywan.yaml 2>&1 || echo "code $?"; done`,
  );
  expect(result.split('\n').filter((line) => line !== '')).toEqual(
    ['', '', '', ''].flatMap(() => [expect.stringMatching(/^polywan: run as root: \S/), 'code 3']),
  );
});

it('changes nothing when the state directory cannot be written', () => {
  router.writeSite();
  const before = everything();
  router.sh(`mkdir -p ${router.folder}/ro`);
  const result = router.polywan(['apply'], { POLYWAN_STATE_DIR: '/proc/polywan' });
  expect(result.code).toBe(3);
  expect(result.stderr).toContain('the state directory cannot be used, nothing was changed');
  expect(everything()).toBe(before);
});

it('changes nothing where its files cannot be written', () => {
  router.writeSite();
  const before = everything();
  const root = join(router.folder, 'root');
  const result = router.sh(
    `mkdir ${root}; unshare -m sh -c 'mount -t tmpfs -o ro none ${root}; exec ${PROGRAM} apply -c ${router.folder}/polywan.yaml' 2>&1 || echo "code $?"`,
  );
  expect(result).toMatch(/^polywan: cannot create \S+\/root\/etc\S*: .*read-only$/m);
  expect(result).toMatch(/^the machine is as it was before\ncode 3$/m);
  expect(result).not.toContain('going back failed');
  expect(isUnderWay(router)).toBe(false);
  expect(everything()).toBe(before);
});

it('leaves out a WAN whose interface is absent, with a warning, and brings up the other', () => {
  router.writeSite();
  router.sh('ip link del wan1');
  const result = router.polywan(['apply', '--boot', '--wait', '1s']);
  expect(result.code).toBe(0);
  expect(result.stderr).toContain('WAN cable: interface wan1 is not there');
  expect(router.sh('ip route show table 8701')).toContain('default via 192.0.2.1');
  expect(router.sh('ip route show table all')).not.toContain('8702');
});

it('leaves out the IPv6 of a WAN where it is switched off, with a warning, until it is on again', () => {
  router.writeSite();
  router.sh('sysctl -qw net.ipv6.conf.wan1.disable_ipv6=1');
  const result = router.polywan(['apply']);
  expect(result.stderr).toContain(
    'WAN cable: IPv6 is switched off on wan1 (net.ipv6.conf.wan1.disable_ipv6); its IPv6 is left out',
  );
  expect(result.code).toBe(0);
  expect(router.sh('ip route show table 8702')).toContain('default via 198.51.100.1');
  expect(router.sh('ip -6 route show table all')).not.toContain('8702');
  router.sh('sysctl -qw net.ipv6.conf.wan1.disable_ipv6=0');
  // Its address went with it, and the gateway alone is not enough.
  expect(router.polywan(['apply']).stderr).toContain('wan1 has no IPv6 address, and masquerade would take');
  router.sh('ip -6 addr add 2001:db8:2::2/64 dev wan1 nodad');
  expect(router.polywan(['apply']).code).toBe(0);
  expect(router.sh('ip -6 route show table 8702')).toContain('default via 2001:db8:2::1');
});

it('follows an interface that was renamed to nothing it knows: its WAN goes, the others stay', () => {
  router.writeSite();
  expect(router.polywan(['apply']).code).toBe(0);
  router.sh('ip link set wan1 down; ip link set wan1 name usb0; ip link set usb0 up');
  const result = router.polywan(['apply']);
  expect(result.code).toBe(0);
  expect(router.sh('ip route show table 8701')).toContain('default via 192.0.2.1');
  expect(router.polywan(['apply']).stdout).toBe('nothing to change\n');
});
