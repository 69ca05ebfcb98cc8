import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type NftSession, openNftSession } from '../../src/apply/nft-session.ts';
import { nodeHost } from '../../src/host/node.ts';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

let router: ApplyRouter;

beforeAll(() => {
  router = makeRouter();
});
afterAll(() => router?.remove());
afterEach(() => router.sh('nft flush ruleset'));

/** A machine may stand still for longer than an nft is waited for before its input ends, and is no reason to start another. */
const STANDSTILLS = 60;

/**
 * In the router's namespace; `nft` is the script where there is one, in which $REAL is nft. Counts its starts. All waits
 * are so many times as long as they are.
 */
function session(
  script = 'exec "$REAL" "$@"',
  longer = STANDSTILLS,
): { nft: NftSession; starts: () => number } {
  const host = nodeHost();
  const { PATH = '' } = router.shim('nft', script);
  let count = 0;
  const converse: typeof host.converse = (program, args, env) => {
    count += 1;
    const words = ['netns', 'exec', router.name, 'env', `PATH=${PATH}`, program, ...args];
    return host.converse('ip', words, env);
  };
  const env: typeof host.env = (name) => (name === 'POLYWAN_STATE_DIR' ? router.folder : host.env(name));
  const after: typeof host.after = (ms, run) => host.after(ms * longer, run);
  return { nft: openNftSession({ ...host, converse, env, after }), starts: () => count };
}

const TABLE = 'table inet polywan { chain c { }; }';

describe('one nft that stays', () => {
  it('lists what others have changed between two questions', async () => {
    const { nft, starts } = session();
    expect(await nft.list()).toBeUndefined();
    router.sh(`nft '${TABLE}'`);
    const first = await nft.list();
    expect(JSON.parse(first ?? '')).toMatchObject({ nftables: [{}, { table: { name: 'polywan' } }, {}] });
    router.sh("nft 'add rule inet polywan c meta mark set 7'");
    expect(await nft.list()).toContain('"rule"');
    router.sh('nft delete table inet polywan');
    expect(await nft.list()).toBeUndefined();
    expect(starts()).toBe(1);
    nft.close();
  });

  it('lists a table of a megabyte', async () => {
    const { nft, starts } = session();
    const elements = Array.from({ length: 20_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    const file = join(router.folder, 'large.nft');
    const set = `set s { type ipv4_addr; elements = { ${elements.join(', ')} }; }`;
    writeFileSync(file, `table inet polywan { ${set}; }\n`);
    router.sh(`nft -f ${file}`);
    for (let time = 0; time < 2; time += 1)
      expect((await nft.list())?.match(/"10\.\d/g)).toHaveLength(elements.length);
    expect(starts()).toBe(1);
    nft.close();
  });

  it.each([
    ['has no prompt', 'case "$*" in *-i*) echo "unknown option" >&2; exit 1;; esac\nexec "$REAL" "$@"'],
    ['ends without a word', 'case "$*" in *-i*) exit 0;; esac\nexec "$REAL" "$@"'],
    ['repeats its input', 'case "$*" in *-i*) sed -u "s/^/nft> /";; esac\nexec "$REAL" "$@"'],
    [
      'refuses it',
      'case "$*" in *-i*) echo "Error: syntax error" >&2; exec cat >/dev/null;; esac\nexec "$REAL" "$@"',
    ],
  ])('is not needed: where nft %s, another lists in the usual way', async (_, script) => {
    const { nft } = session(script);
    expect(await nft.list()).toBeUndefined();
    router.sh(`nft '${TABLE}'`);
    expect(await nft.list()).toContain('"polywan"');
    nft.close();
  });

  it('loads what it is given as a whole, and lists it', async () => {
    const { nft, starts } = session();
    expect(await nft.list()).toBeUndefined();
    expect(await nft.load(`${TABLE}\n`, 'table')).toBe(true);
    expect(await nft.list()).toContain('"polywan"');
    const elements = Array.from({ length: 30_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    const text = `delete table inet polywan\ntable inet polywan {\n\tset s {\n\t\ttype ipv4_addr;\n\t\telements = { ${elements.join(',\n')} }\n\t}\n}\n`;
    expect(await nft.load(text, 'table')).toBe(true);
    expect((await nft.list())?.match(/"10\.\d/g)).toHaveLength(elements.length);
    expect(starts()).toBe(1);
    nft.close();
  });

  it('gives the listing of what it has loaded once, and then what others have made of it', async () => {
    const { nft, starts } = session();
    await nft.list();
    expect(await nft.load(`${TABLE}\n`, 'table')).toBe(true);
    router.sh("nft 'add rule inet polywan c meta mark set 7'");
    expect(await nft.list()).not.toContain('"rule"');
    expect(await nft.list()).toContain('"rule"');
    expect(await nft.load('delete table inet polywan\n', 'nothing')).toBe(true);
    expect(await nft.list()).toBeUndefined();
    expect(starts()).toBe(1);
    nft.close();
  });

  it('loads nothing of a text that is refused, and what comes next is not taken for its answer', async () => {
    const { nft } = session();
    await nft.list();
    for (const text of ['table inet polywan { chain d { jump nowhere; }; }\n', `${TABLE}\nbogus\n`, '{\n']) {
      expect(await nft.load(text, 'table')).toBe(false);
      expect(await nft.list()).toBeUndefined();
    }
    nft.close();
  });

  it('loads while the rest of an error still comes, which is no answer', async () => {
    const errors = 'while IFS= read -r line; do echo "$line" >&2; sleep 0.1; done';
    const input = 'while read -r line; do case "$line" in include*) sleep 0.4;; esac; echo "$line"; done';
    const { nft, starts } = session(`exec "$REAL" "$@" < <(${input}) 2> >(${errors})`);
    expect(await nft.list()).toBeUndefined();
    expect(await nft.load(`${TABLE}\n`, 'table')).toBe(true);
    expect(await nft.list()).toContain('"polywan"');
    expect(starts()).toBe(1);
    nft.close();
  });

  it('loads nothing before it has listed, nor where it has no prompt', async () => {
    expect(await session().nft.load(TABLE, 'table')).toBe(false);
    const { nft } = session('case "$*" in *-i*) exit 1;; esac\nexec "$REAL" "$@"');
    await nft.list();
    expect(await nft.load(TABLE, 'table')).toBe(false);
    expect(router.sh('nft list tables')).toBe('');
  });

  it('is asked by the end of its input where it keeps its answer until then', async () => {
    const { nft } = session(
      'case "$*" in *-i*) exec "$REAL" "$@" > >(sponge=$(cat); echo "$sponge");; esac\nexec "$REAL" "$@"',
      1,
    );
    router.sh(`nft '${TABLE}'`);
    for (let time = 0; time < 2; time += 1) expect(await nft.list()).toContain('"polywan"');
    // It has ended then, and another has to load.
    expect(await nft.load(`flush table inet polywan\n`, 'table')).toBe(false);
    nft.close();
  });

  it('may take its time to load, and another lists then', async () => {
    const slowly = 'while read -r line; do case "$line" in include*) sleep 1.5;; esac; echo "$line"; done';
    const script = `case "$*" in *-i*) exec "$REAL" "$@" < <(${slowly});; esac\nexec "$REAL" "$@"`;
    const { nft } = session(script, 1);
    expect(await nft.list()).toBeUndefined();
    expect(await nft.load(`${TABLE}\n`, 'table')).toBe(true);
    expect(await nft.list()).toContain('"polywan"');
    expect(await nft.load('bogus\n', 'table')).toBe(false);
    nft.close();
  });
});
