import { expect, it } from 'vitest';
import type { Site } from '../../../src/config/site.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { rehearseWeights } from '../../../src/lab/rehearse-weights.ts';

/** Connections of the router's own, by a policy of WANs with these weights; what is read of a site and a lab, and no more. */
async function counted(weights: Readonly<Record<string, number>>, exitOf: (at: number) => string) {
  const members = Object.entries(weights).map(([wan, weight]) => ({ wan, weight, tier: 1 }));
  const site = {
    wans: members.map(({ wan }) => ({ name: wan, families: ['ipv4'] })),
    steering: [],
    policies: [{ name: 'balanced', members }],
    localTraffic: { value: 'balanced' },
  } as unknown as Site;
  const ask = async ({ count }: { count: number }) =>
    Array.from({ length: count }, (_, at) => ({ outcome: 'answered', via: exitOf(at) }));
  const lab = { topology: { wans: [] }, agent: () => ({ ask }) } as unknown as Lab;
  const flow = { family: 'ipv4', in: 'router', destination: '203.0.113.9', protocol: 'tcp' } as const;
  return rehearseWeights(lab, site, [{ family: 'ipv4', flow: { ...flow, destinationPort: 443 } }]);
}

it("weights of the policy of the router's own connections are counted where no rule uses it", async () => {
  const [balanced, ...others] = await counted({ fiber: 3, cable: 1 }, (at) =>
    at % 4 === 0 ? 'cable' : 'fiber',
  );
  expect(balanced).toMatchObject({ policy: 'balanced', verdict: { kind: 'as-planned' } });
  expect(balanced?.shares.map(({ seenPercent }) => seenPercent)).toEqual([75, 25]);
  expect(others).toEqual([]);
});

it('one of many WANs that gets nothing is told, and what chance does is not', async () => {
  const weights = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`w${at}`, 1]));
  const [without] = await counted(weights, (at) => `w${at % 15}`);
  expect(without?.verdict).toEqual({ kind: 'different', why: 'w15 far from the weight' });
  const [uneven] = await counted(weights, (at) => `w${at % 5 === 0 ? at % 3 : at % 16}`);
  expect(uneven?.verdict).toEqual({ kind: 'as-planned' });
  const [tiny] = await counted({ fiber: 399, cable: 1 }, (at) => (at < 5 ? 'cable' : 'fiber'));
  expect(tiny?.verdict).toEqual({ kind: 'as-planned' });
});
