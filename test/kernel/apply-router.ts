import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A router in a namespace of its own, with two WANs and a LAN, and a site for it in a folder of its own. */
export interface ApplyRouter {
  readonly name: string;
  readonly folder: string;
  readonly env: Record<string, string>;
  /** Runs a program inside; throws when it fails. */
  sh(script: string): string;
  polywan(args: readonly string[], env?: Record<string, string>): Outcome;
  start(args: readonly string[], env?: Record<string, string>): ChildProcess;
  writeSite(options?: SiteOptions): void;
  /** Everything that apply and remove may change, as the system's own tools list it. */
  listing(): string;
  /** The programs that run inside. */
  pids(): readonly string[];
  /** A program that stands before the real one in PATH; its script may `exec "$REAL" "$@"`. */
  shim(program: string, script: string): Record<string, string>;
  remove(): void;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SiteOptions {
  readonly backend?: 'auto' | 'nftables' | 'iptables';
  readonly wans?: readonly ('fiber' | 'cable')[];
  /** Of fiber and cable. */
  readonly weights?: readonly [number, number];
  readonly policies?: readonly string[];
}

export const PROGRAM = new URL('../../bin/polywan', import.meta.url).pathname;

const PROFILES = {
  fiber:
    'name: fiber\ninterface: wan0\ngateway: { ipv4: 192.0.2.1, ipv6: "2001:db8:1::1" }\nfamilies: both\nmasquerade: yes\n',
  cable:
    'name: cable\ninterface: wan1\ngateway: { ipv4: 198.51.100.1, ipv6: "2001:db8:2::1" }\nfamilies: both\nmasquerade: yes\n',
} as const;

/** The router's own networks. nodad: an address that is still probed would change the listing later. */
const SETUP = `
sysctl -qw net.ipv6.conf.default.accept_dad=0
ip link set lo up
for link in wan0 wan1 lan0; do
  ip link add $link type veth peer name far-$link
  sysctl -qw net.ipv6.conf.$link.addr_gen_mode=1 net.ipv6.conf.far-$link.addr_gen_mode=1
  ip link set far-$link up
  ip link set $link up
done
ip address add 192.0.2.2/24 dev wan0
ip address add 198.51.100.2/24 dev wan1
ip address add 203.0.113.1/24 dev lan0
ip address add 2001:db8:1::2/64 dev wan0 nodad
ip address add 2001:db8:2::2/64 dev wan1 nodad
ip address add 2001:db8:3::1/64 dev lan0 nodad
ip route add default via 192.0.2.1
`;

/**
 * Ends when the kernel has done what it does by and by for the links and addresses it was given: a link's carrier is told,
 * and with it the route for multicast comes; even with nodad the route of an IPv6 address comes from a work queue.
 */
export const SETTLE = `
settled() {
  links=$(ip -o link show up | grep -v LOOPBACK)
  routes=$(ip -6 route show table local)
  ! echo "$links" | grep -qv 'state UP' && ! ip route show table all | grep -q linkdown &&
    [ "$(echo "$routes" | grep -c ^multicast)" = "$(echo "$links" | wc -l)" ] &&
    [ "$(echo "$routes" | grep -c ^local)" = "$(ip -6 -o address | wc -l)" ]
}
for wait in $(seq 1500); do
  if settled; then break; fi
  sleep 0.02
done
`;

/** The same of carriers alone, where links may be down. */
export const CARRIERS_TOLD = `
for wait in $(seq 500); do
  ip -o link | grep '@.*[<,]UP[,>]' | grep -Eqv 'LOWER_UP.* state UP |,UP(,M-DOWN)?>.* state (LOWERLAYER)?DOWN ' || break
  sleep 0.02
done
`;

const LISTING = `
ip rule; ip -6 rule
ip route show table all; ip -6 route show table all
nft list ruleset
iptables-nft-save; ip6tables-nft-save
sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding
sysctl -a 2>/dev/null | grep -E 'conf[.].*(rp_filter|src_valid_mark|accept_ra) '
`;

/** Packets of the router's own (neighbour discovery) are counted at any time. */
export function withoutCounters(listing: string): string {
  return listing
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '[0:0]')
    .replaceAll(/packets \d+ bytes \d+/g, 'packets 0 bytes 0');
}

/** By its path: a test may put a false one before it in PATH. */
const IP = execFileSync('sh', ['-c', 'command -v ip'], { encoding: 'utf8' }).trim();

let made = 0;

export function makeRouter(): ApplyRouter {
  made += 1;
  const name = `pwapply-${process.pid}-${made}`;
  const folder = mkdtempSync(join(tmpdir(), 'polywan-apply-'));
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => key !== 'NODE_EXTRA_CA_CERTS')),
    POLYWAN_STATE_DIR: join(folder, 'state'),
    POLYWAN_ROOT: join(folder, 'root'),
  } as Record<string, string>;
  execFileSync('ip', ['netns', 'add', name]);
  const inside = ['netns', 'exec', name];
  const sh = (script: string): string =>
    execFileSync(IP, [...inside, 'sh', '-ec', script], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  sh(SETUP + SETTLE);
  mkdirSync(join(folder, 'profiles'));
  const site = join(folder, 'polywan.yaml');
  const words = (args: readonly string[]) => [...inside, PROGRAM, ...args, '-c', site];
  return {
    name,
    folder,
    env,
    sh,
    polywan: (args, extra = {}) => {
      const { status, stdout, stderr } = spawnSync(IP, words(args), {
        encoding: 'utf8',
        env: { ...env, ...extra },
      });
      return { code: status, stdout, stderr };
    },
    start: (args, extra = {}) => spawn(IP, words(args), { env: { ...env, ...extra }, stdio: 'ignore' }),
    writeSite: (options = {}) => writeSite(folder, site, options),
    listing: () =>
      withoutCounters(sh(LISTING)) +
      (existsSync(join(folder, 'root'))
        ? execFileSync('find', [join(folder, 'root')], { encoding: 'utf8' })
        : ''),
    pids: () =>
      execFileSync(IP, ['netns', 'pids', name], { encoding: 'utf8' })
        .split('\n')
        .filter((pid) => pid !== ''),
    shim: (program, script) => makeShim(folder, program, script, env),
    remove: () => {
      execFileSync('ip', ['netns', 'del', name]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeSite(folder: string, site: string, options: SiteOptions): void {
  const wans = options.wans ?? ['fiber', 'cable'];
  for (const wan of wans) writeFileSync(join(folder, 'profiles', `${wan}.yaml`), PROFILES[wan]);
  const members = wans.map((wan, at) => `{ wan: ${wan}, weight: ${(options.weights ?? [3, 1])[at]} }`);
  const policies = (options.policies ?? ['balanced']).map(
    (policy) => `  ${policy}: { members: [${members.join(', ')}], sticky: 10m }\n`,
  );
  const steering = (options.policies ?? ['balanced']).map((policy, at) =>
    at === 0
      ? ``
      : `  - { name: ${policy}, destination_port: ${8000 + at}, protocol: tcp, policy: ${policy} }\n`,
  );
  writeFileSync(
    site,
    [
      'version: 1\nlan: [lan0]\n',
      `backend: ${options.backend ?? 'nftables'}\n`,
      `profiles: [${wans.map((wan) => `profiles/${wan}.yaml`).join(', ')}]\n`,
      `policies:\n${policies.join('')}`,
      `steering:\n${steering.join('')}  - { name: rest, policy: ${(options.policies ?? ['balanced'])[0]} }\n`,
    ].join(''),
  );
}

function makeShim(
  folder: string,
  program: string,
  script: string,
  env: Record<string, string>,
): Record<string, string> {
  const bin = join(folder, `shim-${program}`);
  mkdirSync(bin, { recursive: true });
  const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  // polywan starts tools side by side: each start takes its own number.
  const count =
    'count() { exec 8>>"$SHIM_COUNT.lock"; flock 8; n=$(($(cat "$SHIM_COUNT" 2>/dev/null || echo 0) + 1)); echo $n > "$SHIM_COUNT"; exec 8>&-; }';
  writeFileSync(join(bin, program), `#!/bin/bash\nREAL=${real}\n${count}\n${script}\n`);
  chmodSync(join(bin, program), 0o755);
  rmSync(join(folder, 'count'), { force: true });
  return { PATH: `${bin}:${env.PATH}`, SHIM_COUNT: join(folder, 'count') };
}

/** The listing, and what is left in the folders of state and files; the latter's own stays. */
export function everythingIn(router: ApplyRouter): string {
  return router.listing().replaceAll(/^\S*\/root\n/gm, '');
}

/** Whether an apply is changing something, or was cut off at it. */
export function isUnderWay({ folder }: ApplyRouter): boolean {
  return existsSync(join(folder, 'state', 'journal.json'));
}
