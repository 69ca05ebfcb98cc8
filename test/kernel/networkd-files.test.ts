import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readHooks } from '../../src/codec/interfaces/hooks.ts';
import { networkdHooks } from '../../src/codec/interfaces/networkd.ts';
import { readPolicyRules, readRoutes } from '../../src/codec/ip-json.ts';
import type { PolicyRule, Route } from '../../src/kernel/routing.ts';
import { FAMILIES } from '../../src/net/family.ts';
import { NETWORK } from '../unit/codec/interfaces/network-file.ts';

/** networkd takes a /sys that cannot be written for a container's, and waits for no udev. What it makes is polled for. */
const SCRIPT = `
mount -t sysfs -o ro none /sys
mount -t tmpfs none /run
mkdir -p /run/systemd/network /run/systemd/netif/links /run/dbus
echo lxc >/run/systemd/container
chown -R systemd-network /run/systemd/netif
printf %s "$NETWORK" >/run/systemd/network/10-wan.network
ip link add wan0 type veth peer name wan0p
ip link set lo up
ip link set wan0p up
/lib/systemd/systemd-networkd >/run/log 2>&1 &
for try in $(seq 300); do
  [ "$(ip rule | grep -c '^100')" = 4 ] && [ "$(ip -6 rule | grep -c '^100')" = 2 ] &&
    [ "$(ip route show table 101 | wc -l)" = 2 ] && ip route | grep -q default && break
  sleep 0.1
done
kill $!
ip -N -j -4 rule && ip -N -j -6 rule && ip -N -j -4 route show table all && ip -N -j -6 route show table all
`;

const ruleWords = ({ family, priority, selector, action }: PolicyRule) => [
  family,
  priority,
  selector,
  action,
];
const routeWords = ({ family, table, type, destination, metric, hops: [hop] }: Route) => [
  family,
  table,
  type,
  destination,
  // The kernel's own choice for IPv6.
  family === 'ipv6' ? 0 : metric,
  hop?.gateway,
  type === 'unicast' ? hop?.device : undefined,
];
const sorted = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).sort();

test('what a .network file says is what networkd makes of it', () => {
  const said = execFileSync('unshare', ['--net', '--mount', 'sh', '-c', SCRIPT], {
    env: { ...process.env, NETWORK },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const listings = said
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const rules = FAMILIES.flatMap((family, at) => readPolicyRules(family, listings[at]));
  const routes = FAMILIES.flatMap((family, at) => readRoutes(family, listings[at + 2]));
  const made = readHooks([{ file: 'wan0.network', hooks: networkdHooks(NETWORK) }]);
  expect(made.unchecked).toEqual([]);
  const own = rules.filter(({ priority }) => priority >= 1000 && priority < 2000);
  expect(sorted(made.policyRules.map(ruleWords))).toEqual(sorted(own.map(ruleWords)));
  const listed = routes.filter(
    ({ table, destination: { address } }) => table !== 255 && !/^(?:fe80|ff)/.test(address),
  );
  expect(sorted(made.routes.map(routeWords))).toEqual(sorted(listed.map(routeWords)));
});
