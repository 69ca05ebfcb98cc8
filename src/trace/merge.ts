import { commonAssumptions, joinAssumptions } from './assumption.ts';
import type { Connection } from './connection.ts';
import type { Chained, Path, Tuple } from './path.ts';
import { termKey } from './term.ts';
import type { Condition } from './trace.ts';

/** Beyond this many paths at one point, ways that differ only in what they suppose are joined though it loses detail. */
const SOFT_LIMIT = 48;

/** Beyond this many, the lightest are given up, and the trace says so: a hundred ways are more than anyone reads. */
const HARD_LIMIT = 256;

/** Joins paths that are in the same state at the same point. `overflow` is called when ways had to be given up. */
export function merge(paths: Path[], overflow: () => void): Path[] {
  if (paths.length < 2) return paths;
  const joined = joinEqual(paths, false);
  if (joined.length <= SOFT_LIMIT) return joined;
  const fewer = joinEqual(joined, true);
  if (fewer.length <= HARD_LIMIT) return fewer;
  overflow();
  return fewer.sort((a, b) => b.weight - a.weight).slice(0, HARD_LIMIT);
}

function joinEqual(paths: readonly Path[], lossy: boolean): Path[] {
  const byState = new Map<string, Path[]>();
  for (const path of paths) {
    const key = stateKey(path);
    const same = byState.get(key);
    if (same === undefined) byState.set(key, [path]);
    else addTo(same, path, lossy);
  }
  return [...byState.values()].flat();
}

/** What was joined may now join with another, so it is tried again. */
function addTo(same: Path[], path: Path, lossy: boolean): void {
  let adding = path;
  for (let at = 0; at < same.length; at += 1) {
    const other = same[at];
    const together = other === undefined ? undefined : join(other, adding, lossy);
    if (together === undefined) continue;
    same.splice(at, 1);
    adding = together;
    at = -1;
  }
  same.push(adding);
}

function join(a: Path, b: Path, lossy: boolean): Path | undefined {
  const assumptions = lossy
    ? commonAssumptions(a.assumptions, b.assumptions)
    : joinAssumptions(a.assumptions, b.assumptions);
  if (assumptions === undefined) return undefined;
  const { shared, chance } = commonConditions(a.conditions, b.conditions);
  // Two sides left to chance add up; of two undecided sides either may be the one that happens.
  const weight = chance ? a.weight + b.weight : Math.max(a.weight, b.weight);
  const kept = a.weight >= b.weight ? a : b;
  return { ...kept, assumptions, conditions: shared, weight };
}

function commonConditions(
  a: Chained<Condition> | undefined,
  b: Chained<Condition> | undefined,
): { readonly shared: Chained<Condition> | undefined; readonly chance: boolean } {
  const ofA = new Set<Chained<Condition>>();
  for (let at = a; at !== undefined; at = at.before) ofA.add(at);
  let first: Condition | undefined;
  for (let at = b; at !== undefined; at = at.before) {
    if (ofA.has(at)) return { shared: at, chance: first?.weight !== undefined };
    first = at.item;
  }
  return { shared: undefined, chance: first?.weight !== undefined };
}

/** Equal for paths to which the same will happen, whatever they suppose. */
export function stateKey(path: Path): string {
  const { packet, connection, connections, state, direction, route, exit, updates, end, history } = path;
  const fields = [packet.saddr, packet.daddr, packet.sport, packet.dport, packet.dscp, packet.mark];
  const way = route?.kind === 'unicast' ? `${route.device} ${route.gateway} ${route.source}` : route?.kind;
  return [
    fields.map(termKey).join(' '),
    packet.hopLimit,
    packet.about === undefined ? '' : tupleKey(packet.about),
    packet.iif,
    termKey(packet.oif),
    exit === undefined ? '' : termKey(exit),
    state,
    path.template,
    path.templateIsMarked,
    path.queued,
    direction,
    way,
    connection === undefined ? '' : connectionKey(connection),
    connections.map(connectionKey).join(';'),
    updates.map((update) => JSON.stringify(update)).join(';'),
    end === undefined ? '' : JSON.stringify(end),
    history,
  ].join('|');
}

function tupleKey({ saddr, daddr, sport, dport }: Tuple): string {
  return [saddr, daddr, sport, dport].map(termKey).join(',');
}

function connectionKey({ original, reply, ...connection }: Connection): string {
  return [
    tupleKey(original),
    tupleKey(reply),
    termKey(connection.mark),
    connection.confirmed,
    connection.replied,
    connection.assured,
    connection.natDone.source,
    connection.natDone.destination,
    connection.masqueradedBy === undefined ? '' : termKey(connection.masqueradedBy),
  ].join(' ');
}
