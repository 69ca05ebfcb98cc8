import type { Station } from './index-state.ts';
import { merge } from './merge.ts';
import { addStep, type Path } from './path.ts';
import { termKey } from './term.ts';
import { viewMark } from './view.ts';
import { walkChain } from './walk-chain.ts';
import type { World } from './world.ts';

/** Leads one path through a base chain. Those that go on come back, the others are added to `done`. */
export function runBaseChain(station: Station, path: Path, done: Path[], world: World): Path[] {
  const { chain } = station;
  const policy = chain.chain.base?.policy ?? 'accept';
  if (chain.chain.rules.length === 0 && policy === 'accept') return [path];
  const before = { mark: path.packet.mark, connmark: path.connection?.mark };
  path.queued = false;
  const exit = walkChain(chain, [path], world);
  const step = (one: Path, result: 'accept' | 'drop' | 'policy accept' | 'policy drop' | 'unknown') => {
    const { frontend, family, name } = station.table.table;
    const after = one.connection?.mark;
    addStep(one, {
      kind: 'chain',
      hook: one.hook,
      frontend,
      family,
      table: name,
      chain: chain.chain.name,
      priority: station.priority,
      result,
      mark: [viewMark(before.mark), viewMark(one.packet.mark)],
      ...(before.connmark === undefined || after === undefined
        ? {}
        : { connmark: [viewMark(before.connmark), viewMark(after)] }),
    });
  };
  for (const one of exit.accepted) step(one, 'accept');
  for (const one of exit.ended) step(one, one.end?.kind === 'unknown' ? 'unknown' : 'drop');
  for (const one of exit.returned) step(one, policy === 'accept' ? 'policy accept' : 'policy drop');
  done.push(...exit.ended);
  if (policy === 'drop') {
    for (const one of exit.returned) {
      one.end = { kind: 'dropped', reason: `policy of ${station.table.table.name} ${chain.chain.name}` };
      done.push(one);
    }
  }
  const alive = policy === 'drop' ? exit.accepted : [...exit.accepted, ...exit.returned];
  return merge(alive, () => world.limits.add(`more ways than are followed after chain ${chain.chain.name}`));
}

/** What a chain that re-routes compares: only a change of these makes it route again (kernel-facts 5.2). */
export function routeKey({ packet }: Path): string {
  const { saddr, daddr, mark, dscp, hopLimit = '' } = packet;
  return [saddr, daddr, mark, dscp, hopLimit].map(termKey).join(' ');
}
