import { expect, it } from 'vitest';
import { nftPlaces } from '../../../src/codec/nft-places.ts';

const MAIN = `#!/usr/sbin/nft -f
flush ruleset
define ports = { 80,
  443 }
table inet fw {
  set block { type ipv4_addr; elements = { 192.0.2.1,
    192.0.2.2 } }
  chain in { # comment with { and ;
    type filter hook input priority 0; policy drop;
    tcp dport $ports accept; udp dport { 53,
      123 } accept
    log prefix "a; b { c" drop
    include "more.nft"
  }
}
insert rule inet fw in counter
add rule inet fw in ip saddr \\
  @block drop
`;

it('finds each rule of a chain in the order nft lists them, also over lines, includes and commands', () => {
  const texts = new Map([
    ['main.nft', MAIN],
    ['more.nft', 'ct state new accept\n'],
  ]);
  const places = nftPlaces('main.nft', MAIN, (path) => [{ file: path, text: texts.get(path) ?? '' }]);
  const said = places
    .rules('inet', 'fw', 'in')
    .map(({ file, start, end }) => (texts.get(file) ?? '').slice(start, end).replace(/\s+/g, ' '));
  expect(said).toEqual([
    'insert rule inet fw in counter',
    'tcp dport $ports accept',
    'udp dport { 53, 123 } accept',
    'log prefix "a; b { c" drop',
    'ct state new accept',
    'add rule inet fw in ip saddr \\ @block drop',
  ]);
  expect(places.rules('ip', 'fw', 'in')).toEqual([]);
});

it('follows an include that includes itself only so far as nft does', () => {
  const text = 'include "self.nft"\ntable ip t { chain c { accept; } }\n';
  const places = nftPlaces('self.nft', text, (file) => [{ file, text }]);
  expect(places.rules('ip', 't', 'c').length).toBe(17);
});

const CHAIN = 'table ip t {\n  chain c {\n    one\n    two\n  }\n}\n';

function rulesAfter(...commands: readonly string[]): readonly string[] {
  const text = `${CHAIN}${commands.join('\n')}\n`;
  const places = nftPlaces('x.nft', text, () => []);
  return places.rules('ip', 't', 'c').map(({ start, end }) => text.slice(start, end));
}

it.each([
  [['add rule t c index 0 three'], ['one', 'add rule t c index 0 three', 'two']],
  [['insert rule ip t c index 1 three'], ['one', 'insert rule ip t c index 1 three', 'two']],
  [['insert rule t c three'], ['insert rule t c three', 'one', 'two']],
  [['flush chain t c', 'add rule t c three'], ['add rule t c three']],
  [['flush table ip t', 'add rule t c three'], ['add rule t c three']],
  [['flush ruleset', 'table t { chain c { three } }'], ['three']],
  [
    ['flush ruleset ip6', 'add rule t c three'],
    ['one', 'two', 'add rule t c three'],
  ],
  [['delete table t', 'table t { chain c { three; } }'], ['three']],
  [['flush chain t c', 'add rule t c three', 'add rule t c index 0 four'], []],
  [['flush chain t other'], ['one', 'two']],
  [['add rule t c position 4 three'], []],
  [['replace rule t c handle 4 three'], []],
  [['delete rule t c handle 4', 'add rule t c three'], []],
])('%j leaves the rules in the order that nft has them', (commands, left) => {
  expect(rulesAfter(...commands)).toEqual(left);
});

it('a chain that is deleted and made again stands where it is made', () => {
  const text = `${CHAIN}delete chain t c\nchain t c { }\n`;
  const place = nftPlaces('x.nft', text, () => []).chain('ip', 't', 'c');
  expect(text.slice(place?.start, place?.end)).toBe('chain t c {');
  const flushed = nftPlaces('x.nft', `${CHAIN}flush chain t c\n`, () => []).chain('ip', 't', 'c');
  expect(flushed?.start).toBe(CHAIN.indexOf('chain c'));
});
