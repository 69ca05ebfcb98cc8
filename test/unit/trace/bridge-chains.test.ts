import { describe, expect, it } from 'vitest';
import { readNftJson } from '../../../src/codec/nft-json.ts';
import type { KernelState } from '../../../src/kernel/state.ts';
import { setMark } from './ipv6-router.ts';
import { LAN_FLOW, router, trace } from './router.ts';

/** A table of the bridge family with one base chain. */
function bridgeTable(hook: string, rule: unknown, flags?: string) {
  const here = { family: 'bridge', table: 't' };
  const base = { type: 'filter', hook, prio: -300, policy: 'accept' };
  const nftables = [
    { table: { family: 'bridge', name: 't', handle: 1, flags } },
    { chain: { ...here, name: 'base', handle: 1, ...base } },
    { rule: { ...here, chain: 'base', handle: 2, expr: [rule] } },
  ];
  return readNftJson(JSON.stringify({ nftables })).tables;
}

/** lan0 with wan1 as its port, which makes it one that may be a bridge. */
function bridging(tables: KernelState['tables'], kind?: string): KernelState {
  const state = router({ tables });
  const links = state.links.map((link) => ({
    ...link,
    ...(link.name === 'wan1' ? { master: 'lan0' } : {}),
    ...(link.name === 'lan0' && kind !== undefined ? { kind } : {}),
  }));
  return { ...state, links };
}

const told = (state: KernelState) => trace(state, LAN_FLOW).unmodelled.map(({ text }) => text);

describe('chains of the bridge family', () => {
  const marking = bridgeTable('prerouting', setMark(5));

  it('are named where they may mark or drop what comes in by a bridge', () => {
    const met = 'what comes in by lan0 has met the chains of table bridge t, which may';
    expect(told(bridging(marking))).toEqual([`${met} change its mark`]);
    expect(told(bridging(marking, 'bridge'))).toEqual([`${met} change its mark`]);
    expect(told(bridging(bridgeTable('input', { drop: null })))).toEqual([`${met} drop it`]);
  });

  it('are no matter elsewhere: other hooks, other devices, rules that do nothing, dormant tables', () => {
    expect(told(bridging(bridgeTable('forward', setMark(5))))).toEqual([]);
    expect(told(router({ tables: marking }))).toEqual([]);
    expect(told(bridging(marking, 'bond'))).toEqual([]);
    expect(told(bridging(bridgeTable('prerouting', { accept: null })))).toEqual([]);
    expect(told(bridging(bridgeTable('prerouting', setMark(5), 'dormant')))).toEqual([]);
  });
});
