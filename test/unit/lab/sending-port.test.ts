import { expect, it } from 'vitest';
import type { Flow } from '../../../src/lab/flow.ts';
import { withSendingPort } from '../../../src/lab/sending-port.ts';
import type { PortRange } from '../../../src/net/port-range.ts';
import { ORIGIN, samplePolicy, sampleSite, sampleWan } from '../plan/sample-site.ts';

const FLOW: Flow = { family: 'ipv4', in: 'lan0', destination: '203.0.113.9', protocol: 'tcp' };

/** A site whose rules ask for these source ports. */
function siteWith(...ranges: readonly PortRange[]) {
  return sampleSite({
    wans: [sampleWan('fiber')],
    policies: [samplePolicy('all', { fiber: 1 })],
    steering: ranges.map((range, at) => ({
      name: `r${at}`,
      origin: ORIGIN,
      match: { sourcePort: { values: [range], negated: false } },
      policy: 'all',
    })),
  });
}

it('leaves the port to the kernel where no rule can tell the difference', () => {
  const site = siteWith({ from: 1024, to: 65_535 });
  expect(withSendingPort(site, { ...FLOW, sourcePort: 22_000 }, 3)).toEqual(FLOW);
  expect(withSendingPort(siteWith(), FLOW, 3)).toEqual(FLOW);
});

it('gives each flow a port of its own that the rules take for the same', () => {
  const site = siteWith({ from: 1, to: 1023 }, { from: 40_000, to: 40_100 });
  const ports = (port: number) =>
    [0, 1, 2].map((at) => withSendingPort(site, { ...FLOW, sourcePort: port }, at).sourcePort);
  expect(ports(1023)).toEqual([1023, 1022, 1021].map((port, at) => (at === 0 ? 1023 : port)));
  expect(ports(22_000)).toEqual([21_000, 21_001, 21_002]);
  // One port and no other.
  expect(
    withSendingPort(siteWith({ from: 5060, to: 5060 }), { ...FLOW, sourcePort: 5060 }, 1).sourcePort,
  ).toBe(5060);
});

it('knows what the client has to colour by its port', () => {
  const special = { ...FLOW, dscp: 46 };
  expect([4, 5].map((at) => withSendingPort(siteWith(), special, at).sourcePort)).toEqual([21_004, 21_005]);
  const asked = siteWith({ from: 1024, to: 65_535 });
  expect(withSendingPort(asked, { ...special, sourcePort: 22_000 }, 4).sourcePort).toBe(21_004);
});
