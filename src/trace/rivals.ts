import type { Frontend } from '../kernel/netfilter.ts';
import { changesPackets } from './chain-powers.ts';
import type { Station } from './index-state.ts';
import { fork, type Path } from './path.ts';

/**
 * Base chains of one hook and priority whose order no listing tells: those of each front end, in the order they run.
 * The kernel runs the one first that was registered last (nf_hook_entries_grow; observed on 6.18 for nft, iptables-nft
 * and iptables-legacy in every order), and no two of these programs tell which of them was loaded before the other.
 */
export type Rivals = readonly (readonly Station[])[];

/** Undefined where their order is known, or nothing depends on it: a chain without rules, or none that changes anything. */
export function rivalsOf(stations: readonly Station[]): Rivals | undefined {
  const lists = new Map<Frontend, Station[]>();
  for (const station of stations) {
    if (isIdle(station)) continue;
    const { frontend } = station.table.table;
    const list = lists.get(frontend);
    if (list === undefined) lists.set(frontend, [station]);
    else list.push(station);
  }
  if (lists.size < 2) return undefined;
  return stations.some(({ table: { table }, chain: { chain } }) => changesPackets(table, chain))
    ? [...lists.values()]
    : undefined;
}

function isIdle({ chain: { chain } }: Station): boolean {
  return chain.rules.length === 0 && chain.base?.policy !== 'drop';
}

/** The path, as often as another list's head can be the next to run. */
export function nextOf(
  rivals: Rivals,
  path: Path,
): readonly { readonly path: Path; readonly station: Station; readonly rest: Rivals }[] {
  let ways = [{ path, at: 0 }];
  for (let other = 1; other < rivals.length; other += 1)
    ways = ways.flatMap(({ path: one, at }) => choose(one, rivals, at, other));
  return ways.flatMap(({ path: one, at }) => {
    const [station, ...behind] = rivals[at] ?? [];
    if (station === undefined) return [];
    const rest = rivals.map((list, index) => (index === at ? behind : list));
    return [{ path: one, station, rest: rest.filter((list) => list.length > 0) }];
  });
}

function choose(path: Path, rivals: Rivals, at: number, other: number): { path: Path; at: number }[] {
  const [a, b] = [rivals[at]?.[0], rivals[other]?.[0]].map(nameOf);
  const key = `${a} before ${b}`;
  const known = path.assumptions.decisions.get(key);
  if (known !== undefined) return [{ path, at: known ? at : other }];
  const side = (value: boolean) => {
    const [early, late] = value ? [b, a] : [a, b];
    const text = `${late} was loaded after ${early}, and so runs before it`;
    return fork(path, { text, holds: true, decide: { key, value } });
  };
  return [
    { path: side(true), at },
    { path: side(false), at: other },
  ];
}

function nameOf(station: Station | undefined): string {
  if (station === undefined) return '';
  const { frontend, family, name } = station.table.table;
  return `${frontend === 'nft' ? `nft ${family}` : frontend} ${name} ${station.chain.chain.name}`;
}
