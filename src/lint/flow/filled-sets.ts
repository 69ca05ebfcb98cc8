import type { Expression } from '../../kernel/expression.ts';
import { string } from '../../kernel/expression.ts';
import type { IpSet, NamedSet, Table } from '../../kernel/netfilter.ts';
import type { KernelState } from '../../kernel/state.ts';
import type { Family } from '../../net/family.ts';
import { type HostAddresses, hostAddresses } from './host-addresses.ts';

/**
 * Sets that are filled while the machine runs are empty in a file, or not there. Each gets one member that no other has:
 * flows that want to be in it can be, and all others are not.
 */
export function withFilledSets(state: KernelState): KernelState {
  const counter: Counter = { next: 0, hosts: (family) => hostAddresses(family, state) };
  const tables = state.tables.map((table) => fillTable(table, counter));
  const missing = missingIpsets(state, counter);
  const isFull = missing.length === 0 && tables.every((table, at) => table === state.tables[at]);
  // What was made ready for a state is found again by the state.
  return isFull ? state : { ...state, tables, ipsets: [...state.ipsets, ...missing] };
}

interface Counter {
  next: number;
  readonly hosts: (family: Family) => HostAddresses;
}

/** Ports of sets that nobody listed begin here: none that rules name often. */
const FIRST_PORT = 8000;

function memberOf(type: string, counter: Counter): Expression | undefined {
  const at = counter.next;
  switch (type) {
    case 'ipv4_addr':
      counter.next += 1;
      return string(counter.hosts('ipv4').member(at));
    case 'ipv6_addr':
      counter.next += 1;
      return string(counter.hosts('ipv6').member(at));
    case 'inet_service':
      counter.next += 1;
      return { kind: 'number', value: FIRST_PORT + at };
    default:
      return undefined;
  }
}

function fillTable(table: Table, counter: Counter): Table {
  if (!table.sets.some(isOpen)) return table;
  return { ...table, sets: table.sets.map((set) => (isOpen(set) ? fill(set, counter) : set)) };
}

function isOpen({ kind, elements, key }: NamedSet): boolean {
  return kind === 'set' && elements.length === 0 && key.length === 1;
}

function fill(set: NamedSet, counter: Counter): NamedSet {
  const key = memberOf(set.key[0] ?? '', counter);
  return key === undefined ? set : { ...set, elements: [{ key }] };
}

/** Ipsets that rules ask one address for. */
function missingIpsets({ tables, ipsets }: KernelState, counter: Counter): readonly IpSet[] {
  const known = new Set(ipsets.map(({ name }) => name));
  const made: IpSet[] = [];
  for (const { family, frontend, chains } of tables) {
    if (frontend === 'nft') continue;
    for (const { rules } of chains)
      for (const { statements } of rules)
        for (const statement of statements) {
          if (statement.kind !== 'match' || statement.right.kind !== 'set-ref') continue;
          const { name, ipset } = statement.right;
          if (ipset !== true || known.has(name) || statement.left.kind === 'concat') continue;
          known.add(name);
          const isIpv6 = family === 'ip6';
          const member = memberOf(isIpv6 ? 'ipv6_addr' : 'ipv4_addr', counter);
          const options = isIpv6 ? 'family inet6' : 'family inet';
          if (member?.kind === 'string')
            made.push({ name, type: 'hash:net', options, elements: [member.value] });
        }
  }
  return made;
}
