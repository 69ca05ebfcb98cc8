import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../../../src/config/schema/steering-schema.ts';
import type { SteeringMatch } from '../../../src/config/site.ts';
import type { Flow } from '../../../src/lab/flow.ts';
import { networkPool } from '../../../src/lab/network-pool.ts';
import { flowFinder, type Surroundings } from '../../../src/lab/representative.ts';
import {
  addressFromNumber,
  mergePrefixes,
  networkOf,
  type Prefix,
  parsePrefix,
  prefixContains,
} from '../../../src/net/prefix.ts';
import { sampleSite } from '../plan/sample-site.ts';

const AROUND: Surroundings = {
  families: ['ipv4'],
  lans: ['lan0'],
  inside: () => '10.117.0.10',
  outside: { ipv4: '203.0.113.9', ipv6: '2001:db8:ffff::9' },
};

/** The flow of the last of these rules. */
function flowOf(...matches: readonly SteeringMatch[]): Flow | undefined {
  const site = sampleSite();
  const origin = { file: site.file, line: 1, span: { file: site.file, start: 0, end: 0 } };
  const steering = matches.map((match, at) => ({ name: `r${at}`, origin, match, policy: 'balanced' }));
  const rule = steering.at(-1);
  return rule && flowFinder({ ...site, steering }, 'ipv4', AROUND, networkPool([])).forRule(rule);
}

function but<T>(values: readonly T[]) {
  return { values, negated: true };
}

const prefix = fc
  .tuple(fc.integer({ min: 8, max: 32 }), fc.bigInt({ min: 0n, max: 0xffffffn }))
  .map(([length, host]): Prefix => {
    const address = addressFromNumber('ipv4', (10n << 24n) + (host & 0x3_0fffn));
    return networkOf({ family: 'ipv4', address, length });
  });

describe('a flow of a rule that is for all but something', () => {
  it('is found whatever DSCP values are left out, unless all are', () => {
    const some = fc.subarray(
      Array.from({ length: 64 }, (_, at) => at),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(some, (dscp) => {
        expect(flowOf({ dscp: but(dscp) }) === undefined).toBe(dscp.length === 64);
      }),
    );
  });

  it('is found whatever users, MACs and ports are left out', () => {
    const uids = fc.uniqueArray(fc.nat(20), { minLength: 1 });
    const macs = fc.uniqueArray(fc.integer({ min: 0xfe00, max: 0xfe0a }), { minLength: 1 });
    const ports = fc.uniqueArray(fc.integer({ min: 440, max: 446 }), { minLength: 1 });
    fc.assert(
      fc.property(uids, macs, ports, (uid, numbers, numbersOfPorts) => {
        expect(flowOf({ in: { values: ['router'], negated: false }, uid: but(uid) })).toBeDefined();
        const mac = numbers.map(
          (number) => `02:00:00:00:fe:${(number & 0xff).toString(16).padStart(2, '0')}`,
        );
        const destinationPort = but(numbersOfPorts.map((port) => ({ from: port, to: port })));
        const protocol = { values: ['sctp'], negated: false };
        expect(flowOf({ mac: but(mac), protocol, destinationPort })).toBeDefined();
      }),
    );
  });

  it('is found whatever protocols are left out: there are more than rules can name', () => {
    fc.assert(
      fc.property(fc.subarray([...PROTOCOLS], { minLength: 1 }), (protocol) => {
        expect(flowOf({ protocol: but(protocol) })).toBeDefined();
      }),
    );
    expect(flowOf({ protocol: but(PROTOCOLS) })?.protocol).toBe('comp');
  });

  it.each([
    ['every private network', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '192.0.2.0/24']],
    ['half of all addresses', ['128.0.0.0/1']],
    ['nearly all of them', ['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/4', '208.0.0.0/5', '216.0.0.0/6']],
  ])('is found where %s is left out', (_, texts) => {
    const prefixes = but(texts.map(parsePrefix).filter((one) => one !== undefined));
    expect(flowOf({ source: prefixes, destination: prefixes })).toBeDefined();
  });
});

it('a flow is found for whatever earlier rules leave of a prefix', () => {
  fc.assert(
    fc.property(fc.array(prefix, { minLength: 1, maxLength: 8 }), prefix, (earlier, own) => {
      const taken = mergePrefixes(earlier).some((one) => prefixContains(one, own));
      const first = { source: { values: earlier, negated: false } };
      const flow = flowOf(first, { source: { values: [own], negated: false } });
      expect(flow === undefined).toBe(taken);
    }),
    { numRuns: 1000 },
  );
});
