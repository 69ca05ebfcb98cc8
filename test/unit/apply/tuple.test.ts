import { describe, expect, it } from 'vitest';
import { steeredBy } from '../../../src/apply/steered-by.ts';
import { matchTuple, readTuple, type Tuple } from '../../../src/apply/tuple.ts';
import type { SteeringMatch, SteeringRule } from '../../../src/config/site.ts';
import type { Address } from '../../../src/kernel/routing.ts';
import { parsePrefix } from '../../../src/net/prefix.ts';

const TUPLE: Tuple = {
  family: 'ipv4',
  protocol: 'tcp',
  source: '192.0.2.5',
  destination: '203.0.113.9',
  sourcePort: 4000,
  destinationPort: 443,
  mark: 0x1000005,
};

const LAN = { kind: 'interface', name: 'lan0' } as const;

function only<T>(...values: T[]) {
  return { values, negated: false };
}

function not<T>(...values: T[]) {
  return { values, negated: true };
}

function prefix(text: string) {
  const found = parsePrefix(text);
  if (found === undefined) throw new Error(text);
  return found;
}

describe('a line of conntrack', () => {
  it('is read by its original direction', () => {
    const line =
      'tcp      6 299 ESTABLISHED src=192.0.2.5 dst=203.0.113.9 sport=4000 dport=443 src=203.0.113.9 dst=198.51.100.2 sport=443 dport=4000 [ASSURED] mark=16777221 use=1';
    expect(readTuple(line)).toEqual(TUPLE);
  });

  it('may have no ports', () => {
    const line =
      'icmpv6   58 29 src=2001:db8::5 dst=2001:db8:9::1 type=128 code=0 id=7 src=2001:db8:9::1 dst=2001:db8::5 mark=0';
    expect(readTuple(line)).toMatchObject({ family: 'ipv6', protocol: 'ipv6-icmp', mark: 0 });
  });

  it('is nothing when it has no addresses', () => {
    expect(readTuple('conntrack v1.4.7: 0 flow entries have been shown.')).toBeUndefined();
  });
});

describe('a steering match', () => {
  const cases: readonly (readonly [string, SteeringMatch, 'yes' | 'no' | 'unknown'])[] = [
    ['nothing asked', {}, 'yes'],
    ['its source', { source: only(prefix('192.0.2.0/24')) }, 'yes'],
    ['another source', { source: only(prefix('198.51.100.0/24')) }, 'no'],
    ['not its source', { source: not(prefix('192.0.2.0/24')) }, 'no'],
    ['its port within a range', { destinationPort: only({ from: 400, to: 500 }) }, 'yes'],
    ['not that port', { destinationPort: not({ from: 443, to: 443 }) }, 'no'],
    ['another protocol', { protocol: only('udp') }, 'no'],
    ['its interface by a beginning', { in: only('lan+') }, 'yes'],
    ['the router', { in: only('router') }, 'no'],
    ['the other family', { family: 'ipv6' }, 'no'],
    ['a MAC, which only the packet had', { mac: only('02:00:00:00:00:01') }, 'unknown'],
    ['a set, which may have changed', { set: only('streaming') }, 'unknown'],
    [
      'a MAC beside a port that says no',
      { mac: only('02:00:00:00:00:01'), destinationPort: only({ from: 1, to: 2 }) },
      'no',
    ],
  ];
  it.each(cases)('with %s', (_title, match, answer) => {
    expect(matchTuple(match, TUPLE, LAN)).toBe(answer);
  });

  it("with icmp means each family's own", () => {
    const ping6 = { ...TUPLE, family: 'ipv6', protocol: 'ipv6-icmp', source: '2001:db8::5' } as const;
    const ping4 = { ...TUPLE, protocol: 'icmp' };
    for (const name of ['icmp', 'icmpv6'])
      expect([ping4, ping6].map((tuple) => matchTuple({ protocol: only(name) }, tuple, LAN))).toEqual([
        'yes',
        'yes',
      ]);
  });

  it('with prefixes of the other family alone is not for this one', () => {
    const six = only(prefix('2001:db8::/32'));
    expect(matchTuple({ source: six }, TUPLE, LAN)).toBe('no');
    expect(matchTuple({ source: { ...six, negated: true } }, TUPLE, LAN)).toBe('yes');
  });

  it('cannot tell by an interface nobody knows', () => {
    expect(matchTuple({ in: only('lan0') }, TUPLE, { kind: 'unknown' })).toBe('unknown');
    expect(matchTuple({ in: not('lan0') }, TUPLE, { kind: 'unknown' })).toBe('unknown');
  });
});

describe('the policy of a connection', () => {
  const origin = { file: 'polywan.yaml', line: 1, span: { file: 'polywan.yaml', start: 0, end: 0 } };
  const rule = (policy: string, match: SteeringMatch): SteeringRule => ({
    name: policy,
    origin,
    match,
    policy,
  });
  const addresses: readonly Address[] = [
    { device: 'lan0', family: 'ipv4', address: '192.0.2.1', length: 24, scope: 0 },
    { device: 'wan0', family: 'ipv4', address: '198.51.100.2', length: 24, scope: 0 },
  ];
  const steering = {
    rules: [
      rule('web', { destinationPort: only({ from: 443, to: 443 }) }),
      rule('nas', { mac: only('02:00:00:00:00:01') }),
      rule('rest', {}),
    ],
    localTraffic: 'own',
  };
  const of = (change: Partial<Tuple>) => [...steeredBy(steering, { ...TUPLE, ...change }, addresses)];

  it('is the first rule that takes it', () => expect(of({})).toEqual(['web']));
  it('is open where a rule before cannot be decided', () =>
    expect(of({ destinationPort: 80 })).toEqual(['nas', 'rest']));
  it('is the local one for the router', () => expect(of({ source: '198.51.100.2' })).toEqual(['own']));
  it('is none for what came from outside', () => expect(of({ destination: '198.51.100.2' })).toEqual([]));
});
