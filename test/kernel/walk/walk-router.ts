import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApplyRouter, everythingIn, makeRouter, SETTLE } from '../apply-router.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Folders of sites, from the project's root. */
export const SITES: readonly string[] = ['test/golden', 'profiles/sites', 'test/sites'].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => join(folder, name)),
);

/** Every interface that any of the sites names, beside the router's own. */
export const UPLINKS: readonly string[] = ['wan2', 'wwan0', 'wan0.7', 'wan2.7', 'ppp0', 'tun0', 'wg0'];
const INSIDE = ['lan1', 'lan2', 'lan1.5', 'lan1.7', 'lanx0', 'br0', 'br-guest0'];

const LINKS = [...UPLINKS, ...INSIDE].map(
  (link) =>
    `ip link add ${link} type veth peer name far-${link}; sysctl -qw net/ipv6/conf/${link}/addr_gen_mode=1 net/ipv6/conf/far-${link}/addr_gen_mode=1; ip link set far-${link} up; ip link set ${link} up\n`,
);

/** Networks in which no site's gateway lies by another interface. */
const ADDRESSES = `
ip address add 198.18.2.2/24 dev wan2
ip address add 198.18.3.2/24 dev wwan0
ip address add 198.18.4.2/24 dev wan2.7
ip address add 198.18.5.2/32 dev ppp0
ip address add 2001:db8:72::2/64 dev wan2 nodad
ip address add 2001:db8:73::2/64 dev wwan0 nodad
ip route add default via 198.51.100.1 metric 50
ip route add default via 198.18.2.1 metric 60
ip route add default dev ppp0 metric 70
ip -6 route add default via 2001:db8:1::1 metric 100
ip -6 route add default via 2001:db8:2::1 metric 200
`;

/** Done to a machine that has nothing of polywan's, and undone when all of it is gone again. */
export const MACHINES: readonly (readonly [change: string, undo: string])[] = [
  [':', ':'],
  ['ip link set wan2 down', 'ip link set wan2 up; ip address replace 2001:db8:72::2/64 dev wan2 nodad'],
  ['ip route del default dev wan1', 'ip route add default via 198.51.100.1 metric 50'],
  ['ip -6 route del default dev wan0', 'ip -6 route add default via 2001:db8:1::1 metric 100'],
  ['ip address flush dev wan2.7', 'ip address add 198.18.4.2/24 dev wan2.7'],
  [
    'ip rule add priority 5210 fwmark 0x80000/0xff0000 lookup 52; ip route add 198.18.52.0/24 dev tun0 table 52',
    'ip rule del priority 5210; ip route flush table 52',
  ],
];

/** A router that has whatever any of the sites asks for. */
export function walkRouter(): ApplyRouter {
  const router = makeRouter();
  router.sh(LINKS.join('') + ADDRESSES + SETTLE);
  return router;
}

/** The kernel keeps the builtin chains of iptables-legacy for good; what is in them is listed. */
export function allIn(router: ApplyRouter): string {
  const legacy = '(iptables-legacy-save; ip6tables-legacy-save) | grep -e ^-A -e ^:polywan || true';
  return everythingIn(router) + router.sh(legacy);
}

/** A site for the router, in place of the one it has. */
export function putSite(router: ApplyRouter, site: string, backend: string): void {
  for (const name of ['polywan.yaml', 'profiles']) {
    const from = join(ROOT, site, name);
    const to = join(router.folder, name);
    rmSync(to, { recursive: true, force: true });
    if (existsSync(from)) cpSync(from, to, { recursive: true });
  }
  const path = join(router.folder, 'polywan.yaml');
  const text = readFileSync(path, 'utf8').replace(/^backend:.*\n/m, '');
  writeFileSync(path, text.replace(/^version: 1$/m, `version: 1\nbackend: ${backend}`));
}

/** Its WAN is by another interface then, unless the site does not allow that; false where it does not. */
export function moveUplink(router: ApplyRouter, profile: string, to: string): boolean {
  const path = join(router.folder, 'profiles', profile);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/^interface: .*/m, `interface: ${to}`));
  if (router.polywan(['render']).code !== 2) return true;
  writeFileSync(path, text);
  return false;
}
