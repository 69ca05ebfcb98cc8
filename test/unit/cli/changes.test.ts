import { expect, it } from 'vitest';
import type { Change } from '../../../src/apply/change.ts';
import { nameChanges, summarizeChanges } from '../../../src/cli/format/changes.ts';
import type { Table } from '../../../src/kernel/netfilter.ts';

const TABLE: Table = { frontend: 'nft', family: 'inet', name: 'polywan', chains: [], sets: [] };
const CHAINS: Table = { frontend: 'iptables-nft', family: 'ip', name: 'mangle', chains: [], sets: [] };
const NFT_MADE: Change = { kind: 'nft-table', before: undefined, after: TABLE };
const NFT_GONE: Change = { kind: 'nft-table', before: TABLE, after: undefined };

function iptables(before: readonly Table[], after: readonly Table[]): Change {
  return { kind: 'iptables', frontend: 'iptables-nft', family: 'ipv4', before, after };
}

it('what an apply took away is not listed as made', () => {
  expect(summarizeChanges([iptables([], [CHAINS]), NFT_GONE])).toBe(
    'iptables chains; took away the nft table',
  );
  expect(summarizeChanges([NFT_MADE, iptables([CHAINS], [])])).toBe(
    'the nft table; took away iptables chains',
  );
  expect(summarizeChanges([NFT_GONE])).toBe('took away the nft table');
  expect(summarizeChanges([NFT_MADE])).toBe('the nft table');
});

it('where everything is taken away, it is only named', () => {
  expect(nameChanges([NFT_GONE, iptables([CHAINS], [])])).toBe('the nft table, iptables chains');
});
