import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/apply/change.ts';
import { diff } from '../../../src/apply/diff.ts';
import { routeKey, ruleKey } from '../../../src/apply/same-routing.ts';
import type { NamedSet, Table } from '../../../src/kernel/netfilter.ts';
import type { PolicyRule, Route } from '../../../src/kernel/routing.ts';
import { EMPTY_STATE, type KernelState } from '../../../src/kernel/state.ts';
import type { Family } from '../../../src/net/family.ts';

function route(family: Family, table: number, gateway: string): Route {
  const address = family === 'ipv4' ? '0.0.0.0' : '::';
  const metric = family === 'ipv4' ? 0 : 1024;
  const hops = [{ gateway, device: 'wan0' }];
  return {
    family,
    table,
    type: 'unicast',
    destination: { family, address, length: 0 },
    metric,
    protocol: 87,
    hops,
  };
}

function rule(family: Family, priority: number, table: number): PolicyRule {
  const fwmark = { value: 0x1000000, mask: 0xff000000 };
  return { family, priority, selector: { fwmark }, action: { kind: 'lookup', table }, protocol: 87 };
}

function table(weights: number, rules: number, clients: number): Table {
  const slots: NamedSet = {
    name: 'slots',
    kind: 'map',
    key: ['mark'],
    value: ['mark'],
    flags: [],
    elements: [{ key: { kind: 'number', value: 0 }, value: { kind: 'number', value: weights } }],
  };
  const sticky: NamedSet = {
    name: 'sticky',
    kind: 'set',
    key: ['ipv4_addr'],
    flags: ['dynamic', 'timeout'],
    timeoutMs: 1000,
    elements: Array.from({ length: clients }, (_, at) => ({
      key: { kind: 'string', value: `192.0.2.${at}` },
    })),
  };
  const statements = [{ kind: 'verdict', verdict: { kind: 'accept' } }] as const;
  const chain = { name: 'mark', rules: Array.from({ length: rules }, () => ({ statements })) };
  return { frontend: 'nft', family: 'inet', name: 'polywan', chains: [chain], sets: [slots, sticky] };
}

function iptables(frontend: 'iptables-nft' | 'iptables-legacy', rules: number): Table {
  const statements = [{ kind: 'verdict', verdict: { kind: 'accept' } }] as const;
  const chains = [{ name: 'polywan-pre', rules: Array.from({ length: rules }, () => ({ statements })) }];
  return { frontend, family: 'ip', name: 'mangle', chains, sets: [] };
}

const family = fc.constantFrom<Family>('ipv4', 'ipv6');
const few = fc.integer({ min: 1, max: 3 });
const routes = fc.uniqueArray(
  fc
    .tuple(family, few, few)
    .map(([f, t, g]) => route(f, t, f === 'ipv4' ? `192.0.2.${g}` : `2001:db8::${g}`)),
  { selector: routeKey },
);
const rules = fc.uniqueArray(
  fc.tuple(family, few, few).map(([f, p, t]) => rule(f, p, t)),
  { selector: ruleKey },
);
const tables = fc.oneof(
  fc.constant([]),
  fc.tuple(few, few).map(([weights, count]) => [table(weights, count, 0)]),
  fc
    .tuple(fc.constantFrom('iptables-nft' as const, 'iptables-legacy' as const), few)
    .map(([f, n]) => [iptables(f, n)]),
);
const files = fc.uniqueArray(
  fc.tuple(few, few).map(([name, text]) => ({ path: `/etc/${name}`, text: String(text) })),
  { selector: (file) => file.path },
);
/** Every state has the same sysctls: the kernel's do not come and go. */
const sysctls = fc
  .tuple(few, few)
  .map((values) => values.map((value, at) => ({ key: `net.k${at}`, value: String(value) })));
const state: fc.Arbitrary<KernelState> = fc
  .record({ routes, policyRules: rules, tables, files, sysctls })
  .map((parts) => ({ ...EMPTY_STATE, ...parts }));

/** The kernel as far as changes reach it; refuses what the kernel would. */
function play(start: KernelState, changes: readonly Change[]): KernelState {
  return changes.reduce(step, start);
}

function step(now: KernelState, change: Change): KernelState {
  switch (change.kind) {
    case 'file':
      return { ...now, files: exchange(now.files, change, (file) => file.path) };
    case 'sysctl':
      return { ...now, sysctls: exchange(now.sysctls, change, (sysctl) => sysctl.key) };
    case 'route':
      return { ...now, routes: exchange(now.routes, change, routeKey) };
    case 'policy-rule':
      return { ...now, policyRules: exchange(now.policyRules, change, ruleKey) };
    case 'nft-table':
      return { ...now, tables: exchange(now.tables, change, tableKey) };
    case 'nft-elements':
      return {
        ...now,
        tables: now.tables.map((old) => (old.frontend === 'nft' ? withSets(old, change.after) : old)),
      };
    case 'ipset':
      return { ...now, ipsets: exchange(now.ipsets, change, (set) => set.name) };
    case 'iptables':
      return {
        ...now,
        tables: [...now.tables.filter((old) => old.frontend !== change.frontend), ...change.after],
      };
  }
}

function withSets(old: Table, sets: Table): Table {
  return { ...old, sets: old.sets.map((set) => sets.sets.find((other) => other.name === set.name) ?? set) };
}

function tableKey({ frontend, family: of, name }: Table): string {
  return `${frontend} ${of} ${name}`;
}

function exchange<T>(
  list: readonly T[],
  { before, after }: { readonly before: T | undefined; readonly after: T | undefined },
  keyOf: (value: T) => string,
): readonly T[] {
  const key = keyOf((after ?? before) as T);
  expect(list.some((value) => keyOf(value) === key)).toBe(before !== undefined);
  const rest = list.filter((value) => keyOf(value) !== key);
  return after === undefined ? rest : [...rest, after];
}

function normal(value: KernelState): unknown {
  const sorted = <T>(list: readonly T[]) => list.map((item) => JSON.stringify(item)).sort();
  return [value.routes, value.policyRules, value.tables, value.files, value.sysctls, value.ipsets].map(
    (list) => sorted<unknown>(list),
  );
}

describe('diff', () => {
  it('leads from any state to any other, and back', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const there = play(a, diff(a, b));
        expect(normal(there)).toEqual(normal(b));
        expect(normal(play(there, diff(there, a)))).toEqual(normal(a));
        expect(diff(b, b)).toEqual([]);
      }),
    );
  });

  it('adds before it deletes, and exchanges netfilter between the two', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const ranks = diff(a, b).map(rank);
        expect(ranks).toEqual([...ranks].sort((x, y) => x - y));
      }),
    );
  });

  it('exchanges only elements where only elements differ', () => {
    const changes = diff(
      { ...EMPTY_STATE, tables: [table(1, 2, 3)] },
      { ...EMPTY_STATE, tables: [table(2, 2, 0)] },
    );
    expect(changes.map((change) => change.kind)).toEqual(['nft-elements']);
  });

  it('takes what packets put into a set along into a new table', () => {
    const [change] = diff(
      { ...EMPTY_STATE, tables: [table(1, 2, 3)] },
      { ...EMPTY_STATE, tables: [table(1, 3, 0)] },
    );
    expect(change?.kind).toBe('nft-table');
    const after = change?.after as Table;
    expect(after.sets.find((set) => set.name === 'sticky')?.elements).toHaveLength(3);
  });

  it('empties a set that nobody else fills', () => {
    const own = (...addresses: readonly string[]): Table => ({
      ...table(1, 1, 0),
      sets: [
        {
          name: 'addresses_fiber_ipv4',
          kind: 'set',
          key: ['ipv4_addr'],
          flags: [],
          elements: addresses.map((value) => ({ key: { kind: 'string', value } })),
        },
      ],
    });
    const state = (tables: readonly Table[]) => ({ ...EMPTY_STATE, tables });
    const [change, ...others] = diff(state([own('192.0.2.2')]), state([own()]));
    expect(others).toEqual([]);
    expect(change?.kind).toBe('nft-elements');
    const after = change?.after as Table;
    expect(after.sets[0]?.elements).toEqual([]);
  });

  it('does not mind states of the moment', () => {
    const wanted = route('ipv4', 1, '192.0.2.1');
    const found = {
      ...wanted,
      attributes: 'hoplimit 64',
      hops: [{ ...wanted.hops[0], flags: ['linkdown'] }],
    };
    expect(diff({ ...EMPTY_STATE, routes: [found] }, { ...EMPTY_STATE, routes: [wanted] })).toEqual([]);
  });

  it('minds the longest packet a route takes', () => {
    const found = route('ipv4', 1, '192.0.2.1');
    const wanted = { ...found, attributes: 'mtu 1400' };
    const change = { kind: 'route', before: found, after: wanted };
    expect(diff({ ...EMPTY_STATE, routes: [found] }, { ...EMPTY_STATE, routes: [wanted] })).toEqual([
      expect.objectContaining(change),
    ]);
    expect(diff({ ...EMPTY_STATE, routes: [wanted] }, { ...EMPTY_STATE, routes: [wanted] })).toEqual([]);
  });
});

describe('the switch of forwarding', () => {
  const ACCEPT = 'net.ipv6.conf.wan0.accept_ra';
  const ALL = 'net.ipv6.conf.all.forwarding';
  const LAN = 'net.ipv6.conf.lan0.forwarding';
  const state = (values: Readonly<Record<string, string>>): KernelState => ({
    ...EMPTY_STATE,
    sysctls: Object.entries(values).map(([key, value]) => ({ key, value })),
  });
  const said = (from: KernelState, to: KernelState) =>
    diff(from, to).map((change) =>
      change.kind === 'sysctl' ? `${change.key} ${change.before?.value} ${change.after?.value}` : '',
    );

  it('is turned on last, and off first with the devices that went along, before accept_ra is given back', () => {
    const off = state({ [ACCEPT]: '1', [ALL]: '0', [LAN]: '1' });
    const on = state({ [ACCEPT]: '2', [ALL]: '1', [LAN]: '1' });
    expect(said(off, on)).toEqual([`${ACCEPT} 1 2`, `${ALL} 0 1`]);
    expect(said(on, off)).toEqual([`${ALL} 1 0`, `${LAN} 0 1`, `${ACCEPT} 2 1`]);
    expect(said(off, off)).toEqual([]);
  });

  it('of IPv4 takes the redirects of all interfaces along, the other way round', () => {
    const ALONG = 'net.ipv4.conf.all.accept_redirects';
    const off = state({ 'net.ipv4.ip_forward': '0', [ALONG]: '0' });
    const on = state({ 'net.ipv4.ip_forward': '1', [ALONG]: '0' });
    expect(said(on, off)).toEqual(['net.ipv4.ip_forward 1 0', `${ALONG} 1 0`]);
  });
});

function rank(change: Change): number {
  const gone = change.after === undefined || (Array.isArray(change.after) && change.after.length === 0);
  const order = {
    file: 0,
    sysctl: 1,
    route: 2,
    'policy-rule': 3,
    ipset: 4,
    'nft-table': 5,
    'nft-elements': 5,
    iptables: 5,
  };
  return gone ? 20 - order[change.kind] : order[change.kind];
}
