import { datatypesOf } from '../kernel/datatype.ts';
import { type Expression, partsOf } from '../kernel/expression.ts';
import { settled } from './assumption.ts';
import { isBroadcast, readFib, specialType } from './fib.ts';
import type { TableIndex } from './index-state.ts';
import { readConstant } from './operand.ts';
import type { Packet, Path } from './path.ts';
import { etherType, nfproto } from './protocol.ts';
import type { Question } from './question.ts';
import { connectionReader } from './read-connection.ts';
import { payloadReader } from './read-header.ts';
import type { Make, Reader } from './reader.ts';
import { socketCgroup, socketOwner } from './socket-owner.ts';
import {
  type Domain,
  isPoint,
  lastingUndecidable,
  type Mark,
  type Term,
  termKey,
  undecidable,
  type Variable,
} from './term.ts';
import { calculate } from './word.ts';
import type { World } from './world.ts';

/** Readers of single fields, which no table makes different. */
const FIELD_READERS = new Map<string, Reader>();

/** How an expression is read; what nobody can know becomes an undecidable term. */
export function readerOf(expression: Expression, table: TableIndex): Reader {
  const key = fieldKey(expression);
  if (key === undefined) return makeReader(expression, table);
  const known = FIELD_READERS.get(key) ?? makeReader(expression, table);
  FIELD_READERS.set(key, known);
  return known;
}

function fieldKey(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'meta':
      return expression.key;
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'ct':
      return `ct ${expression.key} ${expression.direction ?? ''}`;
    default:
      return undefined;
  }
}

function makeReader(expression: Expression, table: TableIndex): Reader {
  const [datatype = ''] = datatypesOf(expression);
  const make = (domain: Domain, read: Reader['read']): Reader => ({ type: { domain, datatype }, read });
  switch (expression.kind) {
    case 'number':
      return make('u32', () => expression.value);
    case 'string':
      return make('text', () => expression.value);
    case 'meta':
      return metaReader(expression.key, make, expression);
    case 'ct':
      return connectionReader(expression, make);
    case 'payload':
      return payloadReader(expression.protocol, expression.field, make, expression);
    case 'fib':
      return make('text', (path, world) => readFib(expression, path, world, table.table.frontend));
    case 'binary':
      return binaryReader(expression, table, make);
    case 'numgen':
      return make('u32', () => dice('', expression.offset, expression.modulus));
    case 'hash':
      return make('u32', (path, world) => readHash(expression, table, path, world));
    case 'socket':
      return make(expression.key === 'mark' ? 'u32' : 'text', (path) =>
        expression.key === 'cgroupv2' ? socketCgroup(path) : undecidable(`socket ${expression.key}`),
      );
    default:
      return make('u32', () => undecidable(JSON.stringify(expression)));
  }
}

/** A throw of dice: uniform, and with an id the same throw wherever it is read. */
function dice(id: string, offset: number, modulus: number): Variable {
  return { kind: 'variable', id, domain: 'u32', universe: [offset, offset + modulus - 1], uniform: true };
}

function metaReader(key: string, make: Make, expression: Expression): Reader {
  switch (key) {
    case 'mark':
      return make('u32', ({ packet }) => packet.mark);
    case 'iifname':
    case 'iif':
    case 'oifname':
    case 'oif':
      return make('text', (path) => deviceOf(path, key));
    case 'iiftype':
      return make('text', (path, world) => deviceType(deviceOfFrame(path), world));
    case 'oiftype':
      return make('text', (path, world) => deviceType(path.packet.oif, world));
    case 'l4proto':
      return make('u8', ({ packet }) => packet.protocol);
    case 'nfproto':
      return make('u8', ({ packet }) => nfproto(packet.family));
    case 'protocol':
      return make('u16', ({ packet }) => etherType(packet.family));
    case 'length':
      return make('u16', ({ packet }) => packet.length);
    case 'skuid':
      return make('u32', (path, world) => socketOwner(path, world, 'uid'));
    case 'skgid':
      return make('u32', (path, world) => socketOwner(path, world, 'gid'));
    case 'pkttype':
      return make('text', ({ packet }, world) => packetType(packet, world));
    case 'random':
      return make('u32', () => dice('', 0, 2 ** 32));
    case 'time':
    case 'day':
    case 'hour':
      return make('u32', () => lastingUndecidable(key));
    default:
      return /^[io]if/.test(key)
        ? make('u32', (path) => ofDevice(deviceOf(path, key), key))
        : make('u32', () => undecidable(JSON.stringify(expression)));
  }
}

/** Its group, kind or the like; of no device there is none. */
function ofDevice(device: Packet['oif'], key: string): Term | undefined {
  return device === '' ? undefined : lastingUndecidable(`${key} ${termKey(device)}`);
}

/**
 * The device it came in or leaves by, empty where there is none; at the latter it is no longer said where it came in
 * (nf_hook_egress).
 */
function deviceOf({ packet, hook }: Path, key: string): Packet['oif'] {
  if (key.startsWith('oif')) return packet.oif;
  return hook === 'egress' ? '' : packet.iif;
}

/** The device that has it at hand: from POSTROUTING on the one it leaves by, whatever `iiftype` is called after. */
function deviceOfFrame({ packet, hook }: Path): Packet['oif'] {
  return hook === 'postrouting' || hook === 'egress' ? packet.oif : packet.iif;
}

/** What kind of frames a device has; of one without a fixed other end they are Ethernet's. */
function deviceType(device: Packet['oif'], { index }: World): Term | undefined {
  if (device === '') return undefined;
  if (device === 'lo') return 'loopback';
  const link = typeof device === 'string' ? index.link(device) : undefined;
  return link?.pointToPoint === false ? 'ether' : lastingUndecidable(`type of ${termKey(device)}`);
}

/**
 * What the link layer said of a packet that came in: to whom its frame was addressed. Of its own packets, and of those
 * that come in by loopback, the kernel says `host`.
 */
function packetType({ iif, daddr, family }: Packet, world: World): Term {
  if (iif === '' || iif === 'lo') return 'host';
  if (!isPoint(daddr)) return undecidable('pkttype');
  return specialType(daddr) ?? (isBroadcast(daddr, family, world) ? 'broadcast' : 'host');
}

function binaryReader(
  expression: Extract<Expression, { kind: 'binary' }>,
  table: TableIndex,
  make: Make,
): Reader {
  const { operator, left, right } = expression;
  const reader = readerOf(left, table);
  const constant = readConstant(right, reader.type);
  const other = constant === undefined ? readerOf(right, table) : undefined;
  const domain = reader.type.domain === 'text' ? 'u32' : reader.type.domain;
  return make(domain, (path, world) => {
    const a = reader.read(path, world);
    const b = other === undefined ? constant : other.read(path, world);
    if (a === undefined || b === undefined || isQuestion(a) || isQuestion(b)) return isQuestion(b) ? b : a;
    const x = known(path, a);
    const y = known(path, b);
    if (isMark(x) && isMark(y)) return calculate(operator, x, y);
    if (typeof x === 'string' && typeof y === 'string' && operator === '&') return maskHex(x, y);
    return undecidable(`${termKey(x)} ${operator} ${termKey(y)}`);
  });
}

export function isQuestion(term: unknown): term is Question {
  return typeof term === 'object' && term !== null && 'kind' in term && term.kind === 'question';
}

export function isMark(term: Term): term is Mark {
  return typeof term === 'number' || (typeof term === 'object' && term.kind === 'word');
}

/** The point where only one is left. */
export function known(path: Path, term: Term): Term {
  if (isPoint(term) || term.kind !== 'variable') return term;
  return settled(path.assumptions, term) ?? term;
}

function maskHex(address: string, mask: string): string {
  const value = BigInt(`0x${address}`) & BigInt(`0x${mask}`);
  return value.toString(16).padStart(32, '0');
}

/** How many hashes of a table have a seed of their own so far, and which of them this one is. */
const COUNTS = new WeakMap<TableIndex, number>();
const OWN_SEEDS = new WeakMap<Expression, string>();

/** Without a seed in its words every jhash has another one (nft_jhash_init), so that it shares no hash with the rest. */
function seedOf(expression: Extract<Expression, { kind: 'hash' }>, table: TableIndex): string {
  if (expression.seed !== undefined || expression.algorithm === 'symhash')
    return String(expression.seed ?? 0);
  const known = OWN_SEEDS.get(expression);
  if (known !== undefined) return known;
  const count = (COUNTS.get(table) ?? 0) + 1;
  COUNTS.set(table, count);
  const seed = `${table.table.name} ${count}`;
  OWN_SEEDS.set(expression, seed);
  return seed;
}

/** The same fields under the same seed give the same hash: a throw that is kept. */
function readHash(
  expression: Extract<Expression, { kind: 'hash' }>,
  table: TableIndex,
  path: Path,
  world: World,
): Variable | Question | undefined {
  const { algorithm, of, modulus, offset } = expression;
  const { saddr, daddr, sport, dport } = path.packet;
  const parts = of === undefined || of.kind === 'unknown' ? [] : partsOf(of);
  const keys = parts.length > 0 ? [] : [saddr, daddr, sport, dport].map(termKey);
  for (const part of parts) {
    const field = readerOf(part, table).read(path, world);
    // A field that is not there (`ip saddr` of an IPv6 packet) breaks the rule off.
    if (field === undefined || isQuestion(field)) return field;
    keys.push(termKey(field));
  }
  return dice(
    `${algorithm} ${seedOf(expression, table)} mod ${modulus} of ${keys.join(' ')} ${of?.kind === 'unknown' ? of.text : ''}`,
    offset,
    modulus,
  );
}
