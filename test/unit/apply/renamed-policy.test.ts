import { describe, expect, it } from 'vitest';
import { isRenamed, type Steered } from '../../../src/apply/renamed-policy.ts';
import type { Policy } from '../../../src/config/site.ts';
import { ORIGIN, samplePolicy } from '../plan/sample-site.ts';

const WEIGHTS = { fiber: 3, cable: 1 };
const OLD = samplePolicy('web', WEIGHTS);
const OTHER = samplePolicy('balanced', WEIGHTS);

/** A site whose web traffic goes by `web`, and the rest by `rest`. */
function site(policies: readonly Policy[], web: string, port = 443): Steered {
  const match = { destinationPort: { values: [{ from: port, to: port }], negated: false } };
  return {
    policies,
    rules: [
      { name: 'web', origin: ORIGIN, match, policy: web },
      { name: 'rest', origin: ORIGIN, match: {}, policy: 'balanced' },
    ],
    localTraffic: 'balanced',
  };
}

const BEFORE = site([OLD, OTHER], 'web');

function isWebRenamed(now: Steered): boolean {
  return isRenamed(OLD, BEFORE, now, (wan) => wan);
}

describe('a policy whose name is gone', () => {
  it('is there under another where a new one wants the same and has the same connections', () => {
    expect(isWebRenamed(site([samplePolicy('browsing', WEIGHTS), OTHER], 'browsing'))).toBe(true);
  });

  it('is gone where only one that was there before wants the same', () => {
    expect(isWebRenamed(site([OTHER], 'balanced'))).toBe(false);
  });

  it('is gone where the new one wants something else', () => {
    expect(isWebRenamed(site([samplePolicy('browsing', { fiber: 3 }), OTHER], 'browsing'))).toBe(false);
    const keeps = samplePolicy('browsing', WEIGHTS, { onFailure: 'keep' });
    expect(isWebRenamed(site([keeps, OTHER], 'browsing'))).toBe(false);
  });

  it('is gone where the new one has other connections', () => {
    const browsing = samplePolicy('browsing', WEIGHTS);
    expect(isWebRenamed(site([browsing, OTHER], 'browsing', 80))).toBe(false);
    const now = site([browsing, OTHER], 'browsing');
    expect(isWebRenamed({ ...now, localTraffic: 'browsing' })).toBe(false);
  });

  it('is the same of WANs that got other names', () => {
    const now = site([samplePolicy('browsing', { glass: 3, cable: 1 }), OTHER], 'browsing');
    expect(isRenamed(OLD, BEFORE, now, (wan) => (wan === 'fiber' ? 'glass' : wan))).toBe(true);
    expect(isWebRenamed(now)).toBe(false);
  });
});
