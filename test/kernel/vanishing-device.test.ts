import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter, PROGRAM } from './apply-router.ts';

/** With a gateway that main has, as a client of DHCP leaves it. */
const CABLE = 'name: cable\ninterface: wan1\ngateway: auto\nfamilies: ipv4\nmasquerade: ipv4\n';

const PATIENT = { timeout: 60_000 };

let router: ApplyRouter;
/** Of the monitor, once it is started. */
let pid: string | undefined;

beforeEach(() => {
  pid = undefined;
  router = makeRouter();
  router.writeSite();
  router.sh('ip route add default via 198.51.100.1 dev wan1 metric 100');
  writeFileSync(join(router.folder, 'profiles/cable.yaml'), CABLE);
  expect(router.polywan(['apply']).code).toBe(0);
});

afterEach(async () => {
  try {
    if (pid === undefined) return;
    router.sh(`kill ${pid}`);
    await expect.poll(() => existsSync(`/proc/${pid}`), PATIENT).toBe(false);
  } finally {
    router.remove();
  }
});

const said = () => readFileSync(join(router.folder, 'said'), 'utf8');
const seen = (pattern: RegExp) => expect.poll(said, PATIENT).toMatch(pattern);

async function startMonitor({ PATH } = {} as Record<string, string>): Promise<void> {
  const path = PATH === undefined ? '' : `PATH='${PATH}' `;
  const call = `${path}exec ${PROGRAM} monitor -c ${router.folder}/polywan.yaml`;
  pid = router.sh(`${call} >${router.folder}/said 2>&1 </dev/null & echo $!`).trim();
  await seen(/WAN cable: unknown → up/);
}

describe('the monitor', () => {
  it('says nothing of what the kernel refuses while a device goes', async () => {
    await startMonitor();
    router.sh('ip link del wan1');
    await seen(/WAN cable: up → down/);
    await expect.poll(() => router.polywan(['status']).stdout, PATIENT).toContain('no drift');
    expect(said()).not.toContain('putting back:');
  });

  it('says what is refused when it is tried again', async () => {
    const spoil = `exec "$REAL" "$@" < <(exec sed -u 's/^rule add .*$/bogus/' 2>/dev/null)`;
    await startMonitor(router.shim('ip', spoil));
    router.sh('ip rule del pref 10000');
    await seen(/putting back: ip -4 rule add/);
  });
});
