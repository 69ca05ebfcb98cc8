import { addressBits, FAMILIES, type Family } from '../net/family.ts';
import { addressFromNumber, addressNumber, type Prefix, parseAddress, prefixRange } from '../net/prefix.ts';
import type { AddressUse } from './collect-addresses.ts';

/** Documentation addresses in the place of public ones. */
export interface AddressBook {
  readonly mask: (address: string) => string;
}

/** Addresses [first, last] move by `shift`. */
interface Block {
  readonly first: bigint;
  readonly last: bigint;
  readonly shift: bigint;
}

interface Room {
  readonly first: bigint;
  readonly last: bigint;
}

/** A public network is masked as a whole from this length on: a longer one is its neighbour's neighbour. */
const GRAIN: Readonly<Record<Family, number>> = { ipv4: 24, ipv6: 48 };

/** Networks shorter than these name nobody (a half of the internet, the world): they stay. */
const SHORTEST: Readonly<Record<Family, number>> = { ipv4: 8, ipv6: 20 };

/** Documentation first (RFC 5737, 3849, 9637); for IPv4 there are only three, so then class E, which nobody has. */
const ROOMS: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4'],
  ipv6: ['2001:db8::/32', '3fff::/20'],
};

/** Private, shared, loopback, link-local, multicast, documentation and benchmark networks: they tell nothing. */
const KEPT: Readonly<Record<Family, readonly string[]>> = {
  // biome-ignore format: a table reads better in rows
  ipv4: [
    '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
    '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  ipv6: ['::/16', '64:ff9b::/32', '2001:db8::/32', '3fff::/20', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
};

/** IPv6 networks whose last 32 bits are an IPv4 address: compatible, mapped (RFC 4291), translated (RFC 6052, 7915, 8215). */
const CARRIERS = rooms('ipv6', [
  '::/96',
  '::ffff:0:0/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
]);

/** Undefined when there are more public networks than room for them. */
export function addressBook(uses: readonly AddressUse[]): AddressBook | undefined {
  const blocks = new Map<Family, readonly Block[]>();
  const all = uses.flatMap((use) => [use, ...carriedBy(use)]);
  for (const family of FAMILIES) {
    const placed = placeBlocks(family, all);
    if (placed === undefined) return undefined;
    blocks.set(family, placed);
  }
  const known = new Map<string, string>();
  return {
    mask: (word) => {
      const found = known.get(word);
      if (found !== undefined) return found;
      const masked = maskAddress(word, blocks);
      known.set(word, masked);
      return masked;
    },
  };
}

function maskAddress(word: string, blocks: ReadonlyMap<Family, readonly Block[]>): string {
  const parsed = parseAddress(word);
  if (parsed === undefined) return word;
  const number = addressNumber(parsed.address);
  const isCarrier = carries(parsed);
  const block = findBlock(
    blocks.get(isCarrier ? 'ipv4' : parsed.family) ?? [],
    isCarrier ? number & IPV4_BITS : number,
  );
  return block === undefined ? word : addressFromNumber(parsed.family, number + block.shift);
}

const IPV4_BITS = 0xffff_ffffn;

function carries({ family, address }: Pick<Prefix, 'family' | 'address'>): boolean {
  if (family === 'ipv4') return false;
  const number = addressNumber(address);
  return CARRIERS.some(({ first, last }) => number >= first && number <= last);
}

/** The IPv4 addresses in IPv6 ones. */
function carriedBy(use: AddressUse): readonly AddressUse[] {
  if (use.kind === 'prefix') return carried(use.prefix).map((prefix) => ({ kind: 'prefix', prefix }));
  const [[from], [to]] = [carried(use.from), carried(use.to)];
  return from === undefined || to === undefined ? [] : [{ kind: 'range', from, to }];
}

function carried(prefix: Prefix): readonly Prefix[] {
  const length = prefix.length - addressBits('ipv6') + addressBits('ipv4');
  if (length < 0 || !carries(prefix)) return [];
  const address = addressFromNumber('ipv4', addressNumber(prefix.address) & IPV4_BITS);
  return [{ family: 'ipv4', address, length }];
}

/** Blocks stand in order and never overlap. */
function findBlock(blocks: readonly Block[], number: bigint): Block | undefined {
  let low = 0;
  let high = blocks.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const block = blocks[middle];
    if (block === undefined) return undefined;
    if (number < block.first) high = middle - 1;
    else if (number > block.last) low = middle + 1;
    else return block;
  }
  return undefined;
}

function rooms(family: Family, texts: readonly string[]): readonly Room[] {
  return texts.map((text) => {
    const [address = '', length] = text.split('/');
    return prefixRange({ family, address, length: Number(length) });
  });
}

function placeBlocks(family: Family, uses: readonly AddressUse[]): readonly Block[] | undefined {
  const kept = rooms(family, KEPT[family]);
  const outermost = outermostNetworks(family, uses, kept);
  const taken = takenRooms(family, uses);
  const cursors = rooms(family, ROOMS[family]).map((room) => ({ ...room, next: room.first }));
  const blocks: Block[] = [];
  // Smaller ones first: they fill the documentation networks, which are small.
  for (const { first, last } of [...outermost].sort((a, b) =>
    Number(a.last - a.first - (b.last - b.first)),
  )) {
    const size = last - first + 1n;
    const place = findRoom(cursors, size, taken);
    if (place === undefined) return undefined;
    blocks.push({ first, last, shift: place - first });
  }
  return blocks.sort((a, b) => (a.first < b.first ? -1 : 1));
}

function findRoom(
  cursors: { readonly last: bigint; next: bigint }[],
  size: bigint,
  taken: readonly Room[],
): bigint | undefined {
  for (const cursor of cursors) {
    let start = align(cursor.next, size);
    for (let hit = overlap(taken, start, size); hit !== undefined; hit = overlap(taken, start, size))
      start = align(hit.last + 1n, size);
    if (start + size - 1n > cursor.last) continue;
    cursor.next = start + size;
    return start;
  }
  return undefined;
}

function align(number: bigint, size: bigint): bigint {
  return ((number + size - 1n) / size) * size;
}

function overlap(taken: readonly Room[], start: bigint, size: bigint): Room | undefined {
  return taken.find((room) => room.first < start + size && room.last >= start);
}

/** Documentation networks the state uses itself: nothing else may be moved into them. */
function takenRooms(family: Family, uses: readonly AddressUse[]): readonly Room[] {
  const targets = rooms(family, ROOMS[family]);
  const found = new Map<bigint, Room>();
  for (const use of uses) {
    for (const prefix of use.kind === 'prefix' ? [use.prefix] : [use.from, use.to]) {
      if (prefix.family !== family) continue;
      const { first } = prefixRange(prefix);
      if (!targets.some((room) => first >= room.first && first <= room.last)) continue;
      const grain = prefixRange({ ...prefix, length: Math.min(prefix.length, GRAIN[family]) });
      found.set(grain.first, grain);
    }
  }
  return [...found.values()];
}

/** The public networks that no other one contains, in their order. */
function outermostNetworks(
  family: Family,
  uses: readonly AddressUse[],
  kept: readonly Room[],
): readonly Room[] {
  const seen = new Map<string, Room>();
  for (const use of uses) {
    const prefix = use.kind === 'prefix' ? use.prefix : commonNetwork(use.from, use.to);
    if (prefix.family !== family || prefix.length < SHORTEST[family]) continue;
    const room = prefixRange({ ...prefix, length: Math.min(prefix.length, GRAIN[family]) });
    if (kept.some((one) => room.first >= one.first && room.last <= one.last)) continue;
    seen.set(`${room.first}-${room.last}`, room);
  }
  const sorted = [...seen.values()].sort((a, b) =>
    a.first === b.first ? (a.last > b.last ? -1 : 1) : a.first < b.first ? -1 : 1,
  );
  const outermost: Room[] = [];
  for (const room of sorted) {
    const last = outermost.at(-1);
    if (last === undefined || room.last > last.last) outermost.push(room);
  }
  return outermost;
}

function commonNetwork(from: Prefix, to: Prefix): Prefix {
  const difference = addressNumber(from.address) ^ addressNumber(to.address);
  const bits = difference === 0n ? 0 : difference.toString(2).length;
  return { ...from, length: addressBits(from.family) - bits };
}
