import { describe, expect, it } from 'vitest';
import { NAT_CHECKS } from '../../../../src/lint/groups/nat.ts';
import { findings } from '../machine-of.ts';

describe('checks of NAT', () => {
  it.each(NAT_CHECKS)('$id: the bad example yields it and nothing else, the good one nothing', (check) => {
    const bad = findings(undefined, check.bad.files);
    expect(bad.length).toBeGreaterThan(0);
    expect(new Set(bad.map((one) => one.check))).toEqual(new Set([check.id]));
    expect(findings(undefined, check.good.files)).toEqual([]);
  });
});
