import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, PROGRAM } from './apply-router.ts';

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

const WINDOW =
  'APPLY -c one.yaml >/dev/null; ip rule >before; APPLY -c polywan.yaml --confirm 2s >/dev/null; if isBack; then exit 1; fi';

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
