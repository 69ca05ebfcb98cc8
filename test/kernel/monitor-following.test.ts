import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApplyRouter, makeRouter } from './apply-router.ts';

// What becomes another without a word of a probe: nothing here is probed, so that links, routes, addresses and settings
// alone decide.

const PATIENT = { timeout: 60_000 };

let router: ApplyRouter;
let daemon: ChildProcess | undefined;

beforeEach(() => {
  router = makeRouter();
  router.sh(
    'ip route del default; ip route add default via 192.0.2.1 metric 100; ip route add default via 198.51.100.1 metric 200',
  );
  write('polywan.yaml', site('fiber'));
  write('profiles/fiber.yaml', 'name: fiber\ninterface: wan0\n');
  write('profiles/cable.yaml', 'name: cable\ninterface: wan1\n');
});

afterEach(async () => {
  const ended = new Promise((done) => daemon?.once('close', done));
  if (daemon?.kill() === true) await ended;
  router.remove();
});

function write(file: string, text: string): void {
  writeFileSync(join(router.folder, file), text);
}

function site(first: string, more = ''): string {
  return `version: 1
lan: [lan0]
backend: nftables
${more}policies:
  all: { members: [{ wan: ${first} }, { wan: cable, tier: 2 }] }
steering:
  - { name: rest, policy: all }
`;
}

async function startDaemon(env: Record<string, string> = {}): Promise<void> {
  daemon = router.start(['monitor'], env);
  await expect.poll(healths, PATIENT).toEqual({ fiber: 'up', cable: 'up' });
}

function healths(): Readonly<Record<string, string>> {
  const { code, stdout } = router.polywan(['status', '--json']);
  const { monitor } = code === null || stdout === '' ? {} : JSON.parse(stdout);
  const wans: readonly { readonly name: string; readonly health: string }[] = monitor?.wans ?? [];
  return Object.fromEntries(wans.map(({ name, health }) => [name, health]));
}

function said(): string {
  return router.polywan(['log']).stdout;
}

const isAsWished = () => expect.poll(() => router.polywan(['plan', '--exit-code']).code, PATIENT).toBe(0);
const trafficIsOnCable = () =>
  expect
    .poll(() => router.sh('nft list map inet polywan slots_all_ipv4'), PATIENT)
    .toContain('goto wan_cable');

/** A site that the machine refuses: somebody else has a route in the table that it names. */
function writeRefusedSite(wan = 'fiber'): void {
  router.sh('ip route add default via 198.51.100.1 table 150');
  write('polywan.yaml', site(wan));
  write('profiles/fiber.yaml', `name: ${wan}\ninterface: wan0\ntable: 150\n`);
}

describe('the monitor follows', () => {
  it('a gateway that was away for a moment, while another WAN moved traffic', async () => {
    await startDaemon();
    router.sh('ip route del default via 192.0.2.1');
    await pause(150);
    router.polywan(['wan', 'down', 'cable']);
    router.sh('ip route add default via 192.0.2.1 metric 100');
    await expect
      .poll(() => router.sh('ip route show table all'), PATIENT)
      .toMatch(/^default via 192\.0\.2\.1 dev wan0 table \w+ proto/m);
    await expect.poll(healths, PATIENT).toEqual({ fiber: 'up', cable: 'down' });
    await pause(1500);
    await isAsWished();
  });

  it('an MTU of a default route, a network inside and a setting of the kernel', async () => {
    write('polywan.yaml', site('fiber', 'port_forwards: [{ protocol: tcp, port: 2222, to: 203.0.113.9 }]\n'));
    await startDaemon();
    router.sh('ip route change default via 192.0.2.1 metric 100 mtu 1400');
    await expect.poll(() => router.sh('ip route show table all'), PATIENT).toMatch(/table \w+ .*mtu 1400/);
    router.sh('ip address add 172.17.0.1/24 dev lan0');
    await expect
      .poll(() => router.sh('nft list set inet polywan lan_networks_ipv4'), PATIENT)
      .toContain('172.17');
    router.sh('sysctl -qw net.ipv4.conf.all.rp_filter=1');
    await expect.poll(() => router.sh('sysctl -n net.ipv4.conf.wan0.src_valid_mark'), PATIENT).toBe('1\n');
    await isAsWished();
  });

  it('a cable that is pulled and put back as one failure', async () => {
    await startDaemon();
    router.sh('ip link set far-wan0 down');
    await expect.poll(healths, PATIENT).toMatchObject({ fiber: 'down' });
    await pause(1000);
    router.sh('ip link set far-wan0 up; ip route replace default via 192.0.2.1 metric 100');
    await expect.poll(healths, PATIENT).toMatchObject({ fiber: 'up' });
    await pause(1500);
    expect(said().match(/WAN fiber: (?:up|down) → \w+/g)).toEqual([
      'WAN fiber: up → down',
      'WAN fiber: down → up',
    ]);
    await isAsWished();
  });

  it('the site of before with all of its WANs where the machine does not take the next', async () => {
    await startDaemon();
    writeRefusedSite('fibre');
    daemon?.kill('SIGHUP');
    await expect.poll(said, PATIENT).toContain('reloading the site: ');
    expect(said()).toContain('table 150');
    await expect.poll(healths, PATIENT).toEqual({ fiber: 'up', cable: 'up' });
    router.sh('ip link set far-wan0 down');
    await trafficIsOnCable();
  });

  it('a cable that is pulled while the machine is refusing a site', async () => {
    const slow = 'if [ -e "$0.slow" ] && [ "$1" != monitor ]; then sleep 0.5; fi; exec "$REAL" "$@"';
    await startDaemon(router.shim('nft', slow));
    writeRefusedSite();
    write('shim-nft/nft.slow', '');
    daemon?.kill('SIGHUP');
    // It is tried for the second time by now.
    await pause(900);
    router.sh('ip link set far-wan0 down');
    await expect.poll(said, PATIENT).toContain('reloading the site: ');
    await pause(2000);
    expect(said().match(/WAN fiber: (?:up|down) → \w+/g)).toEqual(['WAN fiber: up → down']);
  });

  it('a site that is written again while the one before is still being loaded', async () => {
    const slow = 'case "$*" in *-f*) sleep 0.5;; esac; exec "$REAL" "$@"';
    await startDaemon(router.shim('nft', slow));
    for (const priority of [20_000, 20_500]) {
      write('polywan.yaml', site('fiber', `priority: ${priority}\n`));
      daemon?.kill('SIGHUP');
      await pause(300);
    }
    await expect.poll(() => router.sh('ip rule'), PATIENT).toMatch(/^205\d\d:/m);
    await isAsWished();
  });

  it('a cable that is pulled though the site that another run applied cannot be read any more', async () => {
    // To go back takes longer than it is until the next look.
    const slow = 'case "$*" in *-f*) sleep 0.6;; esac; exec "$REAL" "$@"';
    await startDaemon(router.shim('nft', slow));
    // Stopped while it holds the lock, it would keep the apply from it.
    await expect.poll(() => existsSync(join(router.folder, 'state/lock')), PATIENT).toBe(false);
    daemon?.kill('SIGSTOP');
    write('polywan.yaml', site('fiber', 'priority: 20000\n'));
    expect(router.polywan(['apply']).code).toBe(0);
    write('polywan.yaml', 'version: one\n');
    daemon?.kill('SIGCONT');
    await expect.poll(said, PATIENT).toContain('the site was not reloaded, the one before stays');
    router.sh('ip link set far-wan0 down');
    await trafficIsOnCable();
    await expect.poll(said, PATIENT).toContain('site reloaded');
    expect(said().match(/the site was not reloaded|site reloaded/g)).toHaveLength(2);
  });

  it('a file of its own that another program takes away or writes', async () => {
    await startDaemon();
    const file = join(router.folder, 'root/etc/iproute2/rt_tables.d/polywan.conf');
    const before = readFileSync(file, 'utf8');
    rmSync(file);
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), PATIENT).toBe(before);
    writeFileSync(file, '8701 other\n');
    await expect.poll(() => readFileSync(file, 'utf8'), PATIENT).toBe(before);
    await isAsWished();
  });

  it('a ruleset that is taken away while nft monitor still reads what there is', async () => {
    const readOn = 'for wait in $(seq 600); do [ -e "$0.on" ] && break; sleep 0.1; done';
    const reading = `if [ "$1" = monitor ]; then touch "$0.reads"; ${readOn}; fi`;
    await startDaemon(router.shim('nft', `${reading}; exec "$REAL" "$@"`));
    const reads = join(router.folder, 'shim-nft', 'nft.reads');
    await expect.poll(() => existsSync(reads), PATIENT).toBe(true);
    // What is looked at in the beginning has been seen.
    await pause(1000);
    router.sh('nft delete table inet polywan');
    write('shim-nft/nft.on', '');
    await expect.poll(() => router.sh('nft list tables'), PATIENT).toContain('polywan');
    await isAsWished();
  });

  it('a ruleset that is taken away while the machine refuses the next site', async () => {
    await startDaemon();
    writeRefusedSite();
    daemon?.kill('SIGHUP');
    // It was tried once by now, and is tried once more.
    await pause(150);
    router.sh('nft delete table inet polywan');
    await expect.poll(said, PATIENT).toContain('reloading the site: ');
    await expect.poll(() => router.sh('nft list tables'), PATIENT).toContain('polywan');
    await expect.poll(said, PATIENT).toContain('put back what was taken away: ');
    // It is the only repair.
    expect(said()).not.toContain('times within a minute');
  });

  it('a cable that is pulled while the disk is full, and writes its records once it is not', async () => {
    const state = join(router.folder, 'state');
    mkdirSync(state);
    execFileSync('sh', ['-c', `mount -t tmpfs -o size=512k none ${state}`]);
    const textOf = (record: string) => readFileSync(join(state, record), 'utf8');
    try {
      await startDaemon();
      router.sh(`cat /dev/zero > ${state}/full || true; ip link set far-wan0 down`);
      await trafficIsOnCable();
      // Long enough for the records to be tried more than once.
      await pause(1000);
      expect(textOf('demand.json')).toContain('"down":[]');
      router.sh(`rm ${state}/full`);
      await expect.poll(() => textOf('demand.json'), PATIENT).toContain('"down":["fiber"]');
      await expect.poll(() => textOf('applied.json'), PATIENT).toContain('"down":["fiber"]');
      await isAsWished();
    } finally {
      execFileSync('sh', ['-c', `umount --lazy ${state}`]);
    }
  });
});
