import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIptablesSave } from '../../../src/codec/iptables/read.ts';
import { maskState } from '../../../src/codec/mask-state.ts';
import { readSnapshot, writeSnapshot } from '../../../src/codec/snapshot.ts';
import type { Table } from '../../../src/kernel/netfilter.ts';
import { EMPTY_STATE, type KernelState } from '../../../src/kernel/state.ts';
import { addressFromNumber, parsePrefix, prefixContains } from '../../../src/net/prefix.ts';
import { policyRules, routes } from '../../arbitrary/routing.ts';
import { tables } from '../../arbitrary/table.ts';

const HEAD = { polywan: '0.1.0', masked: false };

function bare<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (key, one) => (key === 'span' ? undefined : one)));
}

function reread(state: KernelState): KernelState {
  const read = readSnapshot(writeSnapshot(HEAD, state), 'router.json');
  if (read.kind === 'refused') throw new Error(read.message);
  return read.state;
}

describe('a snapshot', () => {
  it('reads as the state it was made from', () => {
    fc.assert(
      fc.property(
        policyRules('ipv4'),
        routes('ipv6'),
        fc.array(tables, { maxLength: 2 }),
        (rules, some, all) => {
          const state = { ...EMPTY_STATE, policyRules: rules, routes: some, tables: all };
          expect(bare(reread(state))).toEqual(bare(state));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has a line for every rule, which is the place the rule is shown by', () => {
    const text =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACCEPT\n-A PREROUTING -j DROP\nCOMMIT\n';
    const { tables: saved } = readIptablesSave(text, {
      family: 'ip',
      frontend: 'iptables-nft',
      file: 'rules',
    });
    const snapshot = writeSnapshot(HEAD, { ...EMPTY_STATE, tables: saved });
    const read = readSnapshot(snapshot, 'router.json');
    const rules: Table['chains'][number]['rules'] =
      read.kind === 'read' ? (read.state.tables[0]?.chains[0]?.rules ?? []) : [];
    const lines = rules.map(({ span }) => snapshot.slice(span?.start, span?.end));
    expect(lines.map((line) => JSON.parse(line).statements[0].verdict.kind)).toEqual(['accept', 'drop']);
    expect(snapshot).not.toContain('"span"');
  });

  it('is read without places when another program has laid it out anew', () => {
    const state = { ...EMPTY_STATE, tables: [] as Table[] };
    const text = JSON.stringify(JSON.parse(writeSnapshot(HEAD, state)), null, 4);
    expect(readSnapshot(text, 'router.json')).toEqual({ kind: 'read', state });
  });

  it.each([
    ['{"polywan": "0.1.0", "format": 1, "sta', /no whole JSON/],
    ['{"polywan": "9.0.0", "format": 2, "state": {}}', /newer polywan \(9\.0\.0\)/],
    ['{"polywan": "0.1.0", "state": {}}', /no format/],
    ['{"polywan": "0.1.0", "format": 1, "state": {"links": 5}}', /state\.links is no list/],
  ])('refuses %j', (text, message) => {
    expect(readSnapshot(text, 'x')).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(message),
    });
  });

  it('says which part of a state is wrong', () => {
    const state = { ...EMPTY_STATE, policyRules: [{ family: 'ipv4', priority: 'x' }] };
    const text = JSON.stringify({ polywan: '0', format: 1, state });
    expect(readSnapshot(text, 'x')).toMatchObject({ message: 'state.policyRules[0].priority is no number' });
  });
});

const PUBLIC = fc
  .integer({ min: 0x08000000, max: 0x09ffffff })
  .map((number) => addressFromNumber('ipv4', BigInt(number)));

function maskedTexts(texts: readonly string[]): readonly string[] {
  const ipset = { name: 'set', type: 'hash:net', options: '', elements: texts };
  return maskState({ ...EMPTY_STATE, ipsets: [ipset] })?.ipsets[0]?.elements ?? [];
}

describe('masking', () => {
  it('leaves no public address, keeps equal what was equal, and keeps who is in which network', () => {
    const network = fc
      .tuple(PUBLIC, fc.integer({ min: 9, max: 32 }))
      .map(([address, length]) => `${address}/${length}`);
    fc.assert(
      fc.property(
        fc.array(PUBLIC, { minLength: 1, maxLength: 8 }),
        fc.array(network, { maxLength: 5 }),
        (hosts, nets) => {
          const masked = maskedTexts([...hosts, ...nets]);
          const holds = (all: readonly string[]) =>
            all.slice(hosts.length).map((net) =>
              all.slice(0, hosts.length).map((host) => {
                const [outer, inner] = [parsePrefix(net), parsePrefix(host)];
                return outer !== undefined && inner !== undefined && prefixContains(outer, inner);
              }),
            );
          expect(holds(masked)).toEqual(holds([...hosts, ...nets]));
          expect(new Set(masked.slice(0, hosts.length)).size).toBe(new Set(hosts).size);
          for (const text of masked)
            expect(text).toMatch(/^(?:192\.0\.2|198\.51\.100|203\.0\.113|2[45]\d\.)/);
        },
      ),
    );
  });

  it('keeps private, documentation and link-local addresses, MACs and masks as they are', () => {
    const kept = [
      '10.1.2.3',
      '192.168.1.0/24',
      '203.0.113.7',
      'fe80::1',
      'fd00::/8',
      '02:00:00:00:00:01',
      '0.0.0.0/1',
    ];
    expect(maskedTexts(kept)).toEqual(kept);
  });

  it('moves nothing into a documentation network that the state itself uses', () => {
    expect(maskedTexts(['192.0.2.1', '8.8.8.8'])).toEqual(['192.0.2.1', '198.51.100.8']);
  });

  it('exchanges the IPv4 address in an IPv6 one as it does the same one alone', () => {
    const texts = ['8.8.4.6', '::ffff:8.8.4.6', '64:ff9b::808:406', '64:ff9b:1::808:406', '::808:406'];
    expect(maskedTexts(texts)).toEqual([
      '192.0.2.6',
      '::ffff:c000:206',
      '64:ff9b::c000:206',
      '64:ff9b:1::c000:206',
      '::c000:206',
    ]);
    expect(maskedTexts(['64:ff9b::808:400/120', '64:ff9b::808:407-64:ff9b::808:409'])).toEqual([
      '64:ff9b::c000:200/120',
      '64:ff9b::c000:207-64:ff9b::c000:209',
    ]);
    const kept = ['64:ff9b::/96', '::/0', '::1', '::ffff:10.0.0.1', '64:ff9b:1::/48'];
    expect(maskedTexts(kept)).toEqual(kept);
  });

  it('keeps the ends of a range in order', () => {
    expect(maskedTexts(['8.8.8.200-8.8.9.10'])).toEqual(['240.0.0.200-240.0.1.10']);
  });

  it('finds addresses and keys in running text', () => {
    const key = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
    expect(maskedTexts([`peer ${key} at 8.8.8.8:51820 and [2a00:1:2::5]:80`, key])).toEqual([
      'peer masked-key-1 at 192.0.2.8:51820 and [2001:db8::5]:80',
      'masked-key-1',
    ]);
  });
});
