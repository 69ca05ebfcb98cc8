import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../../src/kernel/netfilter.ts';
import { compile } from '../../../src/plan/compile.ts';
import { FIRST_PLAN, machineWith, ORIGIN, samplePolicy, sampleSite, sampleWan } from './sample-site.ts';

/** As the schema allows them, and such that two of them often come to the same when they are put together. */
const name = fc.stringMatching(/^a([_-]a){0,2}$/);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 6 });
const domain = fc.stringMatching(/^a([.-]a){0,2}$/);

function tables(
  backend: 'nftables' | 'iptables',
  wans: readonly string[],
  policies: readonly string[],
  domains: readonly string[],
): readonly Table[] {
  const weights = Object.fromEntries(wans.map((wan) => [wan, 1]));
  const site = sampleSite({
    wans: wans.map((wan, at) => sampleWan(wan, { interface: `wan${at}` })),
    policies: policies.map((policy) => samplePolicy(policy, weights, { stickyMs: 60_000 })),
    steering: domains.map((each, at) => ({
      name: `rule${at}`,
      origin: ORIGIN,
      match: { domain: { values: [each], negated: false } },
      policy: policies[0] ?? '',
    })),
  });
  const facts = machineWith(...wans.map((_, at) => `wan${at}`));
  return compile(site, facts, { ...FIRST_PLAN, backend }).desired.tables;
}

describe('names of what is made', () => {
  it('in the nft table are never the same for two chains or two sets', () => {
    fc.assert(
      fc.property(names, names, fc.uniqueArray(domain), (wans, policies, domains) => {
        for (const { chains, sets } of tables('nftables', wans, policies, domains))
          for (const list of [chains, sets])
            expect(new Set(list.map((each) => each.name)).size).toBe(list.length);
      }),
    );
  });

  it('of the lists of clients of iptables are one for each policy, WAN and family', () => {
    fc.assert(
      fc.property(names, names, (wans, policies) => {
        const rules = tables('iptables', wans, policies, []).flatMap(({ chains }) =>
          chains.flatMap((chain) => chain.rules),
        );
        const lists = rules.flatMap(({ statements }) =>
          statements.flatMap((one) =>
            one.kind === 'unknown-match' ? (/--set --name (\S+)/.exec(one.text)?.[1] ?? []) : [],
          ),
        );
        expect(lists).toHaveLength(wans.length * policies.length);
        expect(new Set(lists).size).toBe(lists.length);
      }),
    );
  });
});
