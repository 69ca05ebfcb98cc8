import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import type { Prefix } from '../../../src/net/prefix.ts';
import {
  addressFromNumber,
  addressNumber,
  formatPrefix,
  hasHostBits,
  mergePrefixes,
  networkOf,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixesBetween,
  prefixRange,
} from '../../../src/net/prefix.ts';

function prefixes(...texts: readonly string[]): readonly Prefix[] {
  return texts.map((text) => {
    const prefix = parsePrefix(text);
    if (prefix === undefined) throw new Error(`no prefix: ${text}`);
    return prefix;
  });
}

function merged(...texts: readonly string[]): readonly string[] {
  return mergePrefixes(prefixes(...texts)).map(formatPrefix);
}

describe('addresses', () => {
  it('reads what the library takes for a dotted quad, but no leading zeros', () => {
    const nearly = fc.oneof(
      fc.ipV4(),
      fc.stringMatching(/^[0-9.]{1,16}$/),
      fc
        .array(fc.stringMatching(/^0?\d{1,3}$/), { minLength: 3, maxLength: 5 })
        .map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        const plain = ipaddr.IPv4.isValidFourPartDecimal(text) && !/(?:^|\.)0\d/.test(text);
        expect(parseAddress(text)).toEqual(plain ? { family: 'ipv4', address: text } : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads and writes IPv6 as a URL does', () => {
    const group = fc.oneof(
      fc.constant('0'),
      fc.stringMatching(/^[0-9a-fA-F]{0,5}$/),
      fc.constant('192.0.2.1'),
    );
    const nearly = fc.oneof(
      fc.ipV6(),
      fc.stringMatching(/^[0-9a-f:.]{1,20}$/),
      fc.array(group, { minLength: 3, maxLength: 9 }).map((groups) => groups.join(':')),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        fc.pre(text.includes(':'));
        const url = `http://[${text}]`;
        const address = URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
        expect(parseAddress(text)?.address).toBe(address);
        if (address !== undefined) expect(addressNumber(text)).toBe(addressNumber(address));
      }),
      { numRuns: 5000 },
    );
  });

  it('writes IPv6 in the one form of RFC 5952', () => {
    expect(parseAddress('2001:DB8:0:0:0:0:0:1')?.address).toBe('2001:db8::1');
    expect(parseAddress('::192.0.2.1')?.address).toBe('::c000:201');
    expect(parseAddress('::ffff:192.0.2.1')?.address).toBe('::ffff:c000:201');
    expect(parseAddress('fe80::1%wan0')).toBeUndefined();
    expect(parseAddress('::192.0.02.1')).toBeUndefined();
  });

  it('an address is the number it stands for', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(addressFromNumber('ipv4', addressNumber(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const parsed = parseAddress(text);
        fc.pre(parsed !== undefined);
        expect(addressFromNumber('ipv6', addressNumber(text))).toBe(parsed?.address);
      }),
    );
  });
});

describe('prefixes', () => {
  it.each(['192.0.2.0/33', '192.0.2.0/', '192.0.2.0/2/4', '2001:db8::/129', 'wan0', '192.0.2', '/24'])(
    '%s is none',
    (text) => expect(parsePrefix(text)).toBeUndefined(),
  );

  it('keeps the first bits of its address, and says whether there are others', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 128 }), (text, bits) => {
        const parsed = parseAddress(text);
        fc.pre(parsed !== undefined && (parsed.family === 'ipv6' || bits <= 32));
        if (parsed === undefined) return;
        const prefix = { ...parsed, length: bits };
        const { first } = prefixRange(prefix);
        expect(networkOf(prefix)).toEqual({ ...prefix, address: addressFromNumber(prefix.family, first) });
        expect(hasHostBits(prefix)).toBe(addressNumber(prefix.address) !== first);
      }),
      { numRuns: 2000 },
    );
  });

  it('knows its host bits', () => {
    expect(prefixes('192.0.2.1/24', '192.0.2.0/24', '192.0.2.1').map(hasHostBits)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('contains what lies in it, of the same family', () => {
    const [outer, inner, other] = prefixes('192.0.2.0/24', '192.0.2.128/25', '2001:db8::/64');
    if (outer === undefined || inner === undefined || other === undefined) throw new Error('three prefixes');
    expect([
      prefixContains(outer, inner),
      prefixContains(inner, outer),
      prefixContains(outer, other),
    ]).toEqual([true, false, false]);
  });

  it.each(['ipv4', 'ipv6'] as const)('contains the addresses of its range (%s)', (family) => {
    const bits = family === 'ipv4' ? 32 : 128;
    const address = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
    const length = fc.integer({ min: 0, max: bits });
    fc.assert(
      fc.property(address, length, length, length, (number, outerLength, innerLength, turned) => {
        const outer: Prefix = { family, address: addressFromNumber(family, number), length: outerLength };
        const other = turned === bits ? number : number ^ (1n << BigInt(turned));
        const inner: Prefix = { family, address: addressFromNumber(family, other), length: innerLength };
        const [a, b] = [prefixRange(outer), prefixRange(inner)];
        expect(prefixContains(outer, inner)).toBe(a.first <= b.first && b.last <= a.last);
      }),
      { numRuns: 1000 },
    );
  });

  it('merges what overlaps and what lies side by side', () => {
    expect(merged('172.17.0.0/24', '172.17.0.0/16')).toEqual(['172.17.0.0/16']);
    expect(merged('192.0.2.128/25', '192.0.2.0/26', '192.0.2.64/26')).toEqual(['192.0.2.0/24']);
    expect(merged('192.0.2.64/26', '192.0.2.128/26')).toEqual(['192.0.2.64/26', '192.0.2.128/26']);
    expect(merged('2001:db8::/33', '2001:db8:8000::/33', '192.0.2.1')).toEqual([
      '192.0.2.1',
      '2001:db8::/32',
    ]);
  });

  it('a merge holds the same addresses and is the same again', () => {
    const small = fc
      .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 26, max: 32 }))
      .map(([host, length]) => `192.0.2.${host}/${length}`);
    const holds = (list: readonly Prefix[], host: number): boolean =>
      prefixes(`192.0.2.${host}`).some((address) => list.some((prefix) => prefixContains(prefix, address)));
    fc.assert(
      fc.property(fc.array(small, { maxLength: 6 }), (texts) => {
        const before = prefixes(...texts);
        const after = mergePrefixes(before);
        for (let host = 0; host < 128; host += 1) expect(holds(after, host)).toBe(holds(before, host));
        expect(mergePrefixes(after)).toEqual(after);
      }),
    );
  });
});

describe('prefixes between two addresses', () => {
  const bits = { ipv4: 32n, ipv6: 128n } as const;

  it('hold each address from the first to the last, and cannot be fewer', () => {
    const range = fc.constantFrom('ipv4' as const, 'ipv6' as const).chain((family) => {
      const address = fc.bigInt({ min: 0n, max: (1n << bits[family]) - 1n });
      return fc.record({ family: fc.constant(family), one: address, other: address });
    });
    fc.assert(
      fc.property(range, ({ family, one, other }) => {
        const [first, last] = one < other ? [one, other] : [other, one];
        const found = prefixesBetween(family, first, last);
        const ranges = found.map(prefixRange);
        expect(ranges[0]?.first).toBe(first);
        expect(ranges.at(-1)?.last).toBe(last);
        for (const [at, { last: end }] of ranges.slice(0, -1).entries())
          expect(ranges[at + 1]?.first).toBe(end + 1n);
        expect(mergePrefixes(found)).toEqual(found);
      }),
    );
  });

  it.each([
    ['0.0.0.0', '255.255.255.255', ['0.0.0.0/0']],
    ['192.0.2.64', '192.0.2.66', ['192.0.2.64/31', '192.0.2.66']],
    ['192.0.2.7', '192.0.2.7', ['192.0.2.7']],
    ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['::/0']],
  ])('from %s to %s are %j', (first, last, expected) => {
    const family = first.includes(':') ? 'ipv6' : 'ipv4';
    expect(prefixesBetween(family, addressNumber(first), addressNumber(last)).map(formatPrefix)).toEqual(
      expected,
    );
  });
});
