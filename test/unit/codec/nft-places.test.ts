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
