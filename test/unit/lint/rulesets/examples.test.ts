import { describe, expect, it } from 'vitest';
import { iptablesNftListing } from '../../../../src/lint/checks/iptables-nft-listing.ts';
import { RULESETS_CHECKS } from '../../../../src/lint/groups/rulesets.ts';
import { findings } from '../machine-of.ts';

describe('checks of rulesets', () => {
  // What needs nft itself to be read is looked at by test/kernel.
  const plain = RULESETS_CHECKS.filter(({ id }) => id !== iptablesNftListing.id);
  it.each(plain)('$id: the bad example yields it and nothing else, the good one nothing', (check) => {
    const bad = findings(undefined, check.bad.files);
    expect(bad.length).toBeGreaterThan(0);
    expect(new Set(bad.map((one) => one.check))).toEqual(new Set([check.id]));
    expect(findings(undefined, check.good.files)).toEqual([]);
  });
});
