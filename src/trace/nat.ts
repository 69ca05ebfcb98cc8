import type { Hook } from '../kernel/netfilter.ts';
import { runBaseChain } from './base-chain.ts';
import { invert } from './connection.ts';
import type { Station } from './index-state.ts';
import { merge } from './merge.ts';
import { addStep, type Packet, type Path } from './path.ts';
import { termKey } from './term.ts';
import { viewDevice, viewTuple } from './view.ts';
import type { World } from './world.ts';

type Side = 'source' | 'destination';

/** Which side is translated at a hook (HOOK2MANIP). */
function sideAt(hook: Hook): Side {
  return hook === 'postrouting' || hook === 'input' ? 'source' : 'destination';
}

/**
 * Translation at one hook: the nat chains see the first packet only (kernel-facts 1.2), a masqueraded connection that
 * leaves elsewhere is destroyed (6.1), and every packet of a translated connection is rewritten.
 */
export function translateAt(
  stations: readonly Station[],
  paths: readonly Path[],
  done: Path[],
  world: World,
): Path[] {
  const alive: Path[] = [];
  for (const path of paths) {
    const side = sideAt(path.hook);
    const { connection } = path;
    if (connection === undefined) {
      alive.push(path);
      continue;
    }
    const asks = path.state === 'new' && path.direction === 'original' && !connection.natDone[side];
    if (!asks && leavesElsewhere(path)) {
      destroy(path, done);
      continue;
    }
    const after = asks ? askChains(stations, path, side, done, world) : [path];
    for (const one of after) {
      rewrite(one, side);
      alive.push(one);
    }
  }
  return alive;
}

/** The nat chains one after the other, until one has translated; without any the tuple stays as it is. */
function askChains(stations: readonly Station[], path: Path, side: Side, done: Path[], world: World): Path[] {
  let open = [path];
  const settled: Path[] = [];
  for (const station of stations) {
    const after = open.flatMap((one) => runBaseChain(station, one, done, world));
    open = [];
    for (const one of after) (one.connection?.natDone[side] === true ? settled : open).push(one);
  }
  for (const one of open) {
    if (one.connection !== undefined)
      one.connection = { ...one.connection, natDone: { ...one.connection.natDone, [side]: true } };
  }
  return merge([...settled, ...open], () => world.limits.add('more ways than are followed at a nat hook'));
}

/** nf_nat_oif_changed, of which an ICMP error is not asked. */
function leavesElsewhere({ hook, direction, connection, packet }: Path): boolean {
  const by = packet.about === undefined ? connection?.masqueradedBy : undefined;
  if (hook !== 'postrouting' || direction !== 'original' || by === undefined) return false;
  return termKey(by) !== termKey(packet.oif);
}

function destroy(path: Path, done: Path[]): void {
  const { connection, packet } = path;
  const from = viewDevice(connection?.masqueradedBy ?? '?');
  const to = viewDevice(packet.oif);
  addStep(path, { kind: 'oif-changed', from, to });
  path.connections = path.connections.filter((each) => each.id !== connection?.id);
  path.connection = undefined;
  path.end = {
    kind: 'dropped',
    reason: `masqueraded by ${from}, but would leave by ${to}: connection destroyed`,
  };
  done.push(path);
}

/**
 * The packet inside an ICMP error is rewritten with it. It went the other way: the source of the error is its destination
 * (nf_nat_icmp_reply_translation).
 */
function insideOf({ about, saddr, daddr }: Packet, side: Side): Pick<Packet, 'about'> {
  if (about === undefined) return {};
  return { about: side === 'source' ? { ...about, daddr: saddr } : { ...about, saddr: daddr } };
}

/** Rewrites the packet as its connection says, in its direction (nf_nat_packet). */
function rewrite(path: Path, side: Side): void {
  const { connection, direction, packet } = path;
  if (connection === undefined) return;
  const isOriginal = direction === 'original';
  // In the reply direction the other side's translation is undone.
  const translated =
    isOriginal === (side === 'source') ? connection.translated.source : connection.translated.destination;
  if (!translated) return;
  const target = invert(isOriginal ? connection.reply : connection.original);
  // The ports of an ICMP error are inside it.
  const ports = packet.about === undefined;
  const changed =
    side === 'source'
      ? { ...packet, saddr: target.saddr, ...(ports ? { sport: target.sport } : {}) }
      : { ...packet, daddr: target.daddr, ...(ports ? { dport: target.dport } : {}) };
  const say = (one: typeof packet) =>
    side === 'source' ? viewTuple(path, one.saddr, one.sport) : viewTuple(path, one.daddr, one.dport);
  const from = say(packet);
  path.packet = { ...changed, ...insideOf(changed, side) };
  if (from !== say(changed)) addStep(path, { kind: 'nat', hook: path.hook, side, from, to: say(changed) });
}
