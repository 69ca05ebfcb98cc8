import { expect, it } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { rehearseWeights } from '../../../src/lab/rehearse-weights.ts';

const member = (wan: string, weight: number) => ({ wan, weight, tier: 1 });

/** Only what is read of a site here. */
const SITE = {
  wans: ['fiber', 'cable'].map((name) => ({ name, families: ['ipv4'] })),
  steering: [],
  policies: [{ name: 'balanced', members: [member('fiber', 3), member('cable', 1)] }],
  localTraffic: { value: 'balanced' },
} as unknown as Site;

/** Every fourth connection leaves by cable. */
const LAB = {
  topology: { wans: [] },
  agent: () => ({
    ask: async ({ count }: { count: number }) =>
      Array.from({ length: count }, (_, at) => ({
        outcome: 'answered',
        via: at % 4 === 0 ? 'cable' : 'fiber',
      })),
  }),
} as unknown as Lab;

it("weights of the policy of the router's own connections are counted where no rule uses it", async () => {
  const flow = {
    family: 'ipv4',
    in: 'router',
    destination: '203.0.113.9',
    protocol: 'tcp',
    destinationPort: 443,
  };
  const [balanced, ...others] = await rehearseWeights(LAB, SITE, [{ family: 'ipv4', flow } as never]);
  expect(balanced).toMatchObject({ policy: 'balanced', verdict: { kind: 'as-planned' } });
  expect(balanced?.shares.map(({ seenPercent }) => seenPercent)).toEqual([75, 25]);
  expect(others).toEqual([]);
});
