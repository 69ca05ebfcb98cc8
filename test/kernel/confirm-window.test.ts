import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWindow } from '../../src/apply/window.ts';
import { readSite } from '../../src/config/read-site.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { EMPTY_STATE } from '../../src/kernel/state.ts';
import { type ApplyRouter, everythingIn, makeRouter, PROGRAM } from './apply-router.ts';

let router: ApplyRouter;

beforeEach(() => {
  router = makeRouter();
});

afterEach(() => router.remove());

/** `one.yaml` beside the site of two WANs: what is applied before the window. */
function writeSites(): void {
  router.writeSite({ wans: ['fiber'] });
  router.sh(`mv ${router.folder}/polywan.yaml ${router.folder}/one.yaml`);
  router.writeSite();
}

/**
 * One shell, as a mount lasts no longer here: APPLY is the command, ROOT and STATE are the folders, `within` waits until a
 * command succeeds.
 */
function script(text: string, env: Record<string, string> = {}): string {
  const words = { APPLY: `${PROGRAM} apply`, ROOT: `${router.folder}/root`, STATE: `${router.folder}/state` };
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  const within = 'within() { for _ in $(seq 150); do "$@" && return; sleep 0.2; done; return 1; }\n';
  const filled = text.replaceAll(/\b(?:APPLY|ROOT|STATE)\b/g, (word) => words[word as keyof typeof words]);
  return router.sh(
    `${exports.join('')}${within}isOpen() { [ -e ${words.STATE}/pending.json ]; }\nisOver() { ! isOpen; }
isBack() { [ "$(ip rule)" = "$(cat before)" ]; }\ncd ${router.folder}\nmkdir -p root state\n${filled}`,
  );
}

/** Long enough for what is to happen in it on a machine that stands still for a second or two. */
const BRIEFLY = '6s';

const WINDOW = `APPLY -c one.yaml >/dev/null; ip rule >before; APPLY -c polywan.yaml --confirm ${BRIEFLY} >/dev/null; if isBack; then exit 1; fi`;

describe('apply --confirm', () => {
  it('goes back by itself when its caller was killed', async () => {
    router.writeSite();
    const before = everythingIn(router);
    const child = router.start(['apply', '--confirm', BRIEFLY]);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(router.sh('ip rule')).toContain('fwmark 0x1000000');
    expect(router.polywan(['apply']).stderr).toContain('an earlier apply waits for confirmation');
    await expect.poll(() => router.pids(), { timeout: 60_000 }).toEqual([]);
    expect(everythingIn(router)).toBe(before);
    expect(router.polywan(['status']).stdout).toMatch(/^nothing is applied$/m);
  });

  it('tells programs until when it waits, as status does', () => {
    router.writeSite();
    const told = () => JSON.parse(router.polywan(['apply', '--confirm', '1m', '--json']).stdout).confirmUntil;
    const before = Date.now();
    const until = told();
    expect(Date.parse(until)).toBeGreaterThanOrEqual(before + 60_000);
    expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(JSON.parse(router.polywan(['status', '--json']).stdout).confirmUntil).toBe(until);
    expect(router.polywan(['confirm']).code).toBe(0);
    // Nothing was to change.
    expect(told()).toBeNull();
  });

  it('is refused where nothing can be started that would go back', async () => {
    const host: Host = {
      ...nodeHost(),
      env: (name) => (name === 'POLYWAN_STATE_DIR' ? join(router.folder, 'state') : undefined),
      detach: () => -1,
    };
    router.writeSite();
    mkdirSync(join(router.folder, 'state'));
    const { site } = readSite(join(router.folder, 'polywan.yaml'), host.readFile, host.listDirectory);
    if (site === undefined) throw new Error('no site');
    const nothing = { own: EMPTY_STATE, applied: undefined };
    expect(() => openWindow(host, site, nothing, 60_000)).toThrow('nothing was changed');
    expect(existsSync(join(router.folder, 'state', 'pending.json'))).toBe(false);
  });

  it('keeps the change after confirm', async () => {
    router.writeSite();
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    expect(router.polywan(['confirm']).stdout).toBe('confirmed\n');
    const applied = everythingIn(router);
    // Nobody is left that would go back.
    await expect.poll(() => router.pids(), { timeout: 30_000 }).toEqual([]);
    expect(everythingIn(router)).toBe(applied);
    expect(router.polywan(['confirm']).code).toBe(1);
  });

  it('goes back at once on rollback', () => {
    router.writeSite();
    const before = everythingIn(router);
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    expect(router.polywan(['rollback']).code).toBe(0);
    expect(everythingIn(router)).toBe(before);
    expect(router.polywan(['rollback']).code).toBe(1);
  });
});

describe('the end of the window', () => {
  it('puts the network back where a file cannot be written, and the file as soon as it can', () => {
    writeSites();
    const text = script(`mount -t tmpfs -o size=64k none ROOT
${WINDOW}
mount -o remount,ro ROOT
within isBack
isOpen
mount -o remount,rw ROOT
within isOver
cat ROOT/etc/iproute2/rt_tables.d/polywan.conf`);
    expect(text).toContain('fiber');
    expect(text).not.toContain('cable');
  });

  it('puts the network back where the state directory is full', () => {
    writeSites();
    script(`mount -t tmpfs -o size=1m none STATE
${WINDOW}
dd if=/dev/zero of=STATE/filler 2>/dev/null || true
within isBack
isOpen
rm STATE/filler
within isOver`);
  });

  it('comes where the folders of state and files are named from the folder of the call', () => {
    writeSites();
    script(`${WINDOW}\nwithin isOver\nisBack`, { POLYWAN_STATE_DIR: 'state', POLYWAN_ROOT: './root' });
  });

  it('is tried again when a tool answers nonsense', () => {
    writeSites();
    const spoilt = join(router.folder, 'spoilt');
    const env = router.shim(
      'ip',
      `[ -e ${spoilt} ] && { rm ${spoilt}; yes nonsense | head -4; exec cat >/dev/null; }\nexec "$REAL" "$@"`,
    );
    script(`${WINDOW}\ntouch spoilt\nwithin isOver\nisBack\n[ ! -e spoilt ]`, env);
  });
});

describe('a state between two', () => {
  const waiting = () => existsSync(join(router.folder, 'state', 'pending.json'));
  const underWay = () => existsSync(join(router.folder, 'state', 'journal.json'));

  /**
   * Runs it with an nft, one without a prompt, that holds on before it loads until the signal was sent, and half a second
   * more; one that is left alone loads nothing.
   */
  async function cutOff(args: readonly string[], signal: NodeJS.Signals): Promise<number | null> {
    const loading = join(router.folder, 'loading');
    const sent = join(router.folder, 'sent');
    for (const file of [loading, sent]) rmSync(file, { force: true });
    const shim = router.shim(
      'nft',
      `[ "$*" = "-j -i" ] && exit 1
[ "$*" = "-f -" ] && { touch ${loading}; until [ -e ${sent} ]; do kill -0 $PPID || exit 1; sleep 0.02; done; sleep 0.5; kill -0 $PPID || exit 1; }\nexec "$REAL" "$@"`,
    );
    const child = router.start(args, shim);
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (!existsSync(loading) || !underWay()) {
      if (child.exitCode !== null) throw new Error('it ended before it came to load');
      await sleep(5);
    }
    child.kill(signal);
    writeFileSync(sent, '');
    return ended;
  }

  it('is not confirmed: an apply that was killed in the middle goes back first', async () => {
    writeSites();
    script('APPLY -c one.yaml');
    const before = router.listing();
    await cutOff(['apply', '--confirm', '60s'], 'SIGKILL');
    const { code, stderr } = router.polywan(['confirm']);
    expect(code).toBe(3);
    expect(stderr).toBe(
      'polywan: polywan apply was cut off in the middle, so that only a part of the change is there to confirm: run polywan rollback, and then polywan apply again\n',
    );
    expect(router.polywan(['rollback']).code).toBe(0);
    expect(router.listing()).toBe(before);
    expect(waiting() || underWay()).toBe(false);
  });

  it.each(['rollback', 'apply', 'remove'])('has no half of a file left behind %s', async (command) => {
    router.writeSite();
    await cutOff(['apply'], 'SIGKILL');
    const folder = join(router.folder, 'root/etc/iproute2/rt_tables.d');
    // No process has this number: Linux ends at four million.
    const half = join(folder, '.polywan.conf.999999999-1.tmp');
    writeFileSync(half, '8701');
    expect(router.polywan([command]).code).toBe(0);
    expect(existsSync(half)).toBe(false);
    expect(existsSync(folder)).toBe(command === 'apply');
  });

  it('is not confirmed: a rollback that was killed in the middle is run again', async () => {
    writeSites();
    script('APPLY -c one.yaml');
    const before = router.listing();
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    await cutOff(['rollback'], 'SIGKILL');
    expect(router.polywan(['confirm'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('polywan rollback was cut off in the middle'),
    });
    expect(router.polywan(['rollback']).code).toBe(0);
    expect(router.listing()).toBe(before);
    expect(waiting() || underWay()).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is not where %s leaves a rollback', async (signal) => {
    writeSites();
    script('APPLY -c one.yaml');
    const before = router.listing();
    expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
    expect(await cutOff(['rollback'], signal)).toBe(0);
    expect(router.listing()).toBe(before);
    expect(waiting() || underWay()).toBe(false);
  });
});

it('leaves the window open when a remove in it fails', () => {
  writeSites();
  script('APPLY -c one.yaml');
  const before = router.listing();
  expect(router.polywan(['apply', '--confirm', '60s']).code).toBe(0);
  const shim = router.shim(
    'nft',
    '[ "$*" = "-j -i" ] && exit 1\n[ "$*" = "-f -" ] && count && [ $n = 1 ] && { echo "made to fail" >&2; exit 1; }\nexec "$REAL" "$@"',
  );
  expect(router.polywan(['remove'], shim)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('made to fail'),
  });
  expect(router.polywan(['rollback']).code).toBe(0);
  expect(router.listing()).toBe(before);
});
