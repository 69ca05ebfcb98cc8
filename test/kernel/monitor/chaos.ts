import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Fault } from '../../../src/lab/fault.ts';
import type { Random } from '../differential/random.ts';
import type { MonitorLab } from './monitor-lab.ts';
import { childPids } from './resources.ts';
import { monitorSite } from './site.ts';

const WANS = ['fiber', 'cable', 'lte'] as const;
const DEVICES = ['wan0', 'wan1', 'ppp0'] as const;
const FAULTS: readonly [Fault, ...Fault[]] = [
  { kind: 'carrier-down' },
  { kind: 'blackhole' },
  { kind: 'no-internet' },
  { kind: 'upstream-down' },
  { kind: 'loss', percent: 30 },
];

/** Something that happens to the router or its daemon; gives its name for the story that a failure tells. */
type Mischief = (running: MonitorLab, random: Random) => Promise<string>;

const OFTEN = [cut, cut, mend, takeAway, takeAway, reload, administer] as const;
const SELDOM = [killChild, suspend, crash] as const;

/** One of all that may happen. */
export function mischief(running: MonitorLab, random: Random): Promise<string> {
  const one: Mischief = random.pick(random.chance(0.15) ? SELDOM : OFTEN);
  return one(running, random);
}

async function cut({ lab }: MonitorLab, random: Random): Promise<string> {
  const [wan, fault] = [random.pick(WANS), random.pick(FAULTS)];
  await lab.cut(wan, fault);
  return `${wan} ${fault.kind}`;
}

async function mend({ lab }: MonitorLab, random: Random): Promise<string> {
  const wan = random.pick(WANS);
  await lab.mend(wan);
  return `${wan} mended`;
}

/** What firewalls, DHCP clients and administrators do behind polywan's back. */
async function takeAway(running: MonitorLab, random: Random): Promise<string> {
  const device = random.pick(DEVICES);
  const netfilter =
    running.frontend === 'nftables'
      ? random.pick(['nft flush ruleset', 'nft delete table inet polywan'])
      : random.pick(['iptables -t mangle -F', 'iptables -t nat -F', 'ip6tables -t mangle -F']);
  const line = random.pick([
    netfilter,
    netfilter,
    'ip rule del pref 10000',
    'ip rule flush protocol 87',
    'ip -6 rule flush protocol 87',
    `ip route flush table ${8701 + random.below(3)}`,
    `ip -6 route flush table ${8701 + random.below(3)}`,
    'sysctl -qw net.ipv4.ip_forward=0',
    `sysctl -qw net.ipv4.conf.${device}.rp_filter=1`,
    'ip rule add pref 10001 fwmark 0x7000000/0xff000000 lookup 99 protocol 87',
    `ip route replace 192.0.2.77 dev ${device} table 8702 protocol 87`,
  ]);
  const programs = line.replace(/^(ip6?tables)/, `$1${running.frontend.slice('iptables'.length)}`);
  // What is gone already cannot be taken away.
  await running.sh(`${programs} 2>/dev/null || true`);
  return programs;
}

async function reload(running: MonitorLab, random: Random): Promise<string> {
  const files: Readonly<Record<string, string>> = random.pick<Readonly<Record<string, string>>>([
    monitorSite(running.frontend),
    monitorSite(running.frontend, { policy: ', on_recovery: move' }),
    monitorSite(running.frontend, { policy: ', on_failure: keep', arp: true }),
    { 'fiber.yaml': 'name: fiber\ninterfaces: wan0\n' },
  ]);
  running.write(files);
  running.signal('SIGHUP');
  if (files['polywan.yaml'] !== undefined) return 'site reloaded';
  // Commands and a daemon that starts would stumble over it as well.
  await pause(500);
  running.write(monitorSite(running.frontend));
  return 'a bad site reloaded';
}

async function killChild(running: MonitorLab, random: Random): Promise<string> {
  const program = random.pick(['ping', 'ip', 'nft']);
  const pid = running.pid();
  const victim = pid === undefined ? undefined : childPids(pid, program)[0];
  if (victim === undefined) return `no ${program} to kill`;
  try {
    process.kill(victim, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
  return `its ${program} killed`;
}

/** As a machine that sleeps: what was late then is nobody's loss. */
async function suspend(running: MonitorLab, random: Random): Promise<string> {
  running.signal('SIGSTOP');
  const ms = 200 + random.below(2500);
  await pause(ms);
  running.signal('SIGCONT');
  return `suspended for ${ms} ms`;
}

async function administer(running: MonitorLab, random: Random): Promise<string> {
  const words = [random.pick(['up', 'down', 'auto']), random.pick(WANS)];
  await say(running, words);
  return `wan ${words.join(' ')}`;
}

/** To the daemon, or for the one that starts next. */
function say({ lab, command, env }: MonitorLab, words: readonly string[]) {
  const [program, ...first] = command('wan');
  return lab.exec('router', program, [...first, ...words], { env });
}

/** Killed in the midst of whatever it does, and started again, which adopts what it finds. */
async function crash(running: MonitorLab, random: Random): Promise<string> {
  await running.stopDaemon('SIGKILL');
  await pause(random.below(800));
  await running.startDaemon(() => true);
  return 'daemon killed and started';
}

/** All is well again, and nobody does anything: the kernel is to be what the site makes of it. */
export async function quiet(running: MonitorLab): Promise<void> {
  expect(running.pid(), 'the daemon lives').toBeDefined();
  running.write(monitorSite(running.frontend));
  for (const wan of WANS) await running.lab.mend(wan);
  for (const wan of WANS) expect((await say(running, ['auto', wan])).code).toBe(0);
  running.signal('SIGHUP');
  await settled(running);
}

/** Waits until every WAN is up and policies use their first, and the machine has what a plan under this health has. */
async function settled(running: MonitorLab): Promise<void> {
  const command = async (...words: readonly string[]) => {
    const [name = '', ...rest] = words;
    const [program, ...first] = running.command(name);
    const { code, stdout } = await running.lab.exec('router', program, [...first, ...rest], {
      env: running.env,
    });
    return { code, stdout };
  };
  const use = ({ policies }: Awaited<ReturnType<MonitorLab['status']>>) =>
    policies.map(
      ({ name, active }) =>
        `${name} ${active.ipv4.map(({ wan }) => wan)} ${active.ipv6.map(({ wan }) => wan)}`,
    );
  await expect
    .poll(async () => use(await running.status()), { timeout: 90_000, interval: 500 })
    .toEqual(['all fiber fiber', 'web cable cable']);
  await expect
    .poll(() => command('plan', '--exit-code'), { timeout: 30_000, interval: 500 })
    .toMatchObject({ code: 0 });
  await expect
    .poll(() => command('status'), { timeout: 30_000, interval: 500 })
    .toMatchObject({ code: 0, stdout: expect.stringContaining('no drift') });
}
