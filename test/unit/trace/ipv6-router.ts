import { readNftJson } from '../../../src/codec/nft-json.ts';
import type { Table } from '../../../src/kernel/netfilter.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { policyRule, route, router } from './router.ts';

/** The router of the other tests in IPv6: wan0 is 2001:db8:51::2, wan1 2001:db8:113::2, main's default is by wan0. */
export function ipv6Router(parts: {
  readonly rules?: readonly string[];
  readonly routes?: readonly string[];
  readonly tables?: readonly Table[];
  readonly sysctls?: Readonly<Record<string, string>>;
}): KernelState {
  const { rules = [], routes = [], tables = [], sysctls = {} } = parts;
  const address = (device: string, text: string) =>
    ({ device, family: 'ipv6', address: text, length: 64, scope: 0 }) as const;
  return {
    ...router({ sysctls }),
    addresses: [address('wan0', '2001:db8:51::2'), address('wan1', '2001:db8:113::2')],
    policyRules: ['0: lookup 255', '32766: lookup 254', ...rules].map((text) => ({
      ...policyRule(text),
      family: 'ipv6' as const,
    })),
    routes: ['default via 2001:db8:51::1 dev wan0', ...routes].map((text) => ({
      ...route(text),
      family: 'ipv6' as const,
    })),
    tables,
  };
}

type BaseHook = 'ingress' | 'prerouting' | 'input' | 'output' | 'postrouting';

/** A table with one base chain and one rule, as `nft -j` lists it. */
export function nftTable(
  family: 'ip' | 'ip6' | 'inet',
  at: BaseHook | { readonly hook: BaseHook; readonly prio: number; readonly dev?: string },
  ...expr: readonly unknown[]
): readonly Table[] {
  const here = { family, table: 't' };
  const place = typeof at === 'string' ? { hook: at, prio: -150 } : at;
  const base = { type: 'filter', ...place, policy: 'accept' };
  const nftables = [
    { table: { family, name: 't', handle: 1 } },
    { chain: { ...here, name: 'base', handle: 1, ...base } },
    { rule: { ...here, chain: 'base', handle: 2, expr } },
  ];
  return readNftJson(JSON.stringify({ nftables })).tables;
}

/** `meta mark set value` in JSON. */
export function setMark(value: unknown): unknown {
  return { mangle: { key: { meta: { key: 'mark' } }, value } };
}
