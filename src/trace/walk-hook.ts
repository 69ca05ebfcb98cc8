import type { Hook } from '../kernel/netfilter.ts';
import { routeKey, runBaseChain } from './base-chain.ts';
import { noteBridgeChains } from './bridge-chains.ts';
import { confirm, track } from './conntrack.ts';
import type { Station } from './index-state.ts';
import { merge } from './merge.ts';
import { translateAt } from './nat.ts';
import { routeAgain } from './output-reroute.ts';
import { fork, type Path } from './path.ts';
import { type Answer, decide } from './question.ts';
import { nextOf, type Rivals } from './rivals.ts';
import { termKey } from './term.ts';
import { viewDevice } from './view.ts';
import type { World } from './world.ts';

/** Leads the paths through everything at one hook. Those that go on come back, the others are added to `done`. */
export function walkHook(hook: Hook, paths: readonly Path[], done: Path[], world: World): Path[] {
  let active = [...paths];
  const [first] = active;
  if (first === undefined) return [];
  for (const path of active) path.hook = hook;
  if (hook === 'ingress') noteBridgeChains(first.packet.iif, world);
  for (const stage of world.index.stages(hook, first.packet.family)) {
    switch (stage.kind) {
      case 'conntrack':
        for (const path of active) track(path, world);
        break;
      case 'nat':
        active = translateAndRoute(hook, stage.stations, active, done, world);
        break;
      case 'chain':
        active = active.flatMap((path) => runChain(stage.station, path, done, world));
        active = merge(active, () => world.limits.add(`more ways than are followed at ${hook}`));
        break;
      case 'rivals':
        active = active.flatMap((path) => runRivals(stage.rivals, path, done, world));
        active = merge(active, () => world.limits.add(`more ways than are followed at ${hook}`));
        break;
    }
  }
  if (hook === 'input' || hook === 'postrouting') for (const path of active) confirm(path);
  return active;
}

/** Every order they can run in; where it makes no difference, the ways join again. */
function runRivals(rivals: Rivals, path: Path, done: Path[], world: World): Path[] {
  if (rivals.length === 0) return [path];
  return nextOf(rivals, path).flatMap(({ path: one, station, rest }) =>
    runChain(station, one, done, world).flatMap((after) => runRivals(rest, after, done, world)),
  );
}

/** Only `type route` and mangle OUTPUT route again, and only when something they look at has changed. */
function runChain(station: Station, path: Path, done: Path[], world: World): Path[] {
  const hangs = path.hook === 'ingress' || path.hook === 'egress' ? hangsAt(station, path) : true;
  if (hangs === false) return [path];
  if (hangs !== true)
    return [fork(path, hangs.no), ...runBaseChain(station, fork(path, hangs.yes), done, world)];
  if (station.type !== 'route' || path.hook !== 'output') return runBaseChain(station, path, done, world);
  const before = routeKey(path);
  const isLegacy = station.table.table.frontend === 'iptables-legacy';
  const stays = (one: Path) => routeKey(one) === before || (one.queued && !isLegacy);
  return runBaseChain(station, path, done, world).flatMap((one) =>
    stays(one) ? [one] : routeAgain(one, done, world),
  );
}

/** Whether a chain hangs at the device that the packet comes in or leaves by. */
function hangsAt({ devices, table, chain }: Station, { hook, packet, assumptions }: Path): Answer {
  const device = hook === 'ingress' ? packet.iif : packet.oif;
  const isNamed = (name: string) => (each: string) =>
    each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name;
  if (devices !== undefined && typeof device === 'string') return devices.some(isNamed(device));
  const text = `chain ${table.table.name} ${chain.chain.name} hangs at ${viewDevice(device)}`;
  return decide(assumptions, text, text, true);
}

/** A translated destination of the machine's own packet is routed again (nf_nat_ipv4_local_fn). */
function translateAndRoute(
  hook: Hook,
  stations: readonly Station[],
  paths: readonly Path[],
  done: Path[],
  world: World,
): Path[] {
  const alive = translateAt(stations, paths, done, world);
  if (hook !== 'output') return alive;
  return alive.flatMap((path) => (isTranslated(path) ? routeAgain(path, done, world) : [path]));
}

function isTranslated({ connection, direction }: Path): boolean {
  if (connection === undefined) return false;
  const [own, other] =
    direction === 'original'
      ? [connection.original, connection.reply]
      : [connection.reply, connection.original];
  return termKey(own.daddr) !== termKey(other.saddr);
}
