import { datatypesOf } from '../kernel/datatype.ts';
import type { Expression } from '../kernel/expression.ts';
import { symbolNumber } from '../kernel/symbol.ts';
import { settled } from './assumption.ts';
import type { Connection } from './connection.ts';
import { readFib } from './fib.ts';
import type { TableIndex } from './index-state.ts';
import { readConstant, type Type } from './operand.ts';
import type { Path } from './path.ts';
import type { Question } from './question.ts';
import { type Domain, isPoint, type Mark, type Term, termKey, undecidable, type Variable } from './term.ts';
import { calculate } from './word.ts';
import type { World } from './world.ts';

/** What an expression reads of a packet. Undefined: there is nothing to read, and the rule breaks off. */
export interface Reader {
  readonly type: Type;
  readonly read: (path: Path, world: World) => Term | Question | undefined;
}

const ADDRESS: Readonly<Record<string, Domain>> = { ip: 'ipv4', ip6: 'ipv6' };
const IPV4 = 2;
const IPV6 = 10;
const ETHER_IPV4 = 0x800;
const ETHER_IPV6 = 0x86dd;
const TCP = 6;
const ICMP = 1;
const ICMPV6 = 58;

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
      return make(
        expression.result === 'oif' || expression.result === 'oifname' ? 'text' : 'text',
        (path, world) => readFib(expression, path, world),
      );
    case 'binary':
      return binaryReader(expression, table, make);
    case 'numgen':
      return make('u32', () => dice('', expression.offset, expression.modulus));
    case 'hash':
      return make('u32', (path, world) => readHash(expression, table, path, world));
    case 'socket':
      return make(expression.key === 'mark' ? 'u32' : 'text', (path) =>
        expression.key === 'cgroupv2' ? cgroup(path) : undecidable(`socket ${expression.key}`),
      );
    default:
      return make('u32', () => undecidable(JSON.stringify(expression)));
  }
}

type Make = (domain: Domain, read: Reader['read']) => Reader;

/** A throw of dice: uniform, and with an id the same throw wherever it is read. */
function dice(id: string, offset: number, modulus: number): Variable {
  return { kind: 'variable', id, domain: 'u32', universe: [offset, offset + modulus - 1], uniform: true };
}

function cgroup(path: Path): Term | undefined {
  if (!path.packet.local) return undefined;
  return path.flow.cgroup ?? undecidable('cgroup of the socket');
}

function metaReader(key: string, make: Make, expression: Expression): Reader {
  switch (key) {
    case 'mark':
      return make('u32', ({ packet }) => packet.mark);
    case 'iifname':
    case 'iif':
      return make('text', ({ packet }) => packet.iif);
    case 'oifname':
    case 'oif':
      return make('text', ({ packet }) => packet.oif);
    case 'l4proto':
      return make('u8', ({ packet }) => packet.protocol);
    case 'nfproto':
      return make('u8', ({ packet }) => (packet.family === 'ipv4' ? IPV4 : IPV6));
    case 'protocol':
      return make('u16', ({ packet }) => (packet.family === 'ipv4' ? ETHER_IPV4 : ETHER_IPV6));
    case 'length':
      return make('u16', ({ packet }) => packet.length);
    case 'skuid':
      return make('u32', ({ packet, flow }) =>
        packet.local ? (flow.uid ?? variable('uid', 'u32')) : undefined,
      );
    case 'skgid':
      return make('u32', ({ packet, flow }) =>
        packet.local ? (flow.gid ?? variable('gid', 'u32')) : undefined,
      );
    case 'pkttype':
      return make('text', ({ packet }) => (packet.iif === 'lo' ? 'loopback' : packetType(packet.daddr)));
    case 'random':
      return make('u32', () => dice('', 0, 2 ** 32));
    default:
      return make('u32', () => undecidable(JSON.stringify(expression)));
  }
}

/** First address of 224.0.0.0/4. */
const MULTICAST = 0xe0000000;

function packetType(daddr: Term): Term {
  if (typeof daddr === 'number') return daddr >= MULTICAST ? 'multicast' : 'host';
  if (typeof daddr === 'string') return daddr.startsWith('ff') ? 'multicast' : 'host';
  return undecidable('pkttype');
}

function variable(id: string, domain: Domain): Variable {
  return { kind: 'variable', id, domain };
}

function connectionReader(expression: Extract<Expression, { kind: 'ct' }>, make: Make): Reader {
  const { key, direction } = expression;
  const tuple = (entry: Connection, path: Path) => {
    const ofOriginal = (direction ?? path.direction) === 'original';
    return ofOriginal ? entry.original : entry.reply;
  };
  const ofEntry = (domain: Domain, read: (entry: Connection, path: Path) => Term | undefined) =>
    make(domain, (path) => (path.connection === undefined ? undefined : read(path.connection, path)));
  switch (key) {
    case 'mark':
      return ofEntry('u32', (entry) => entry.mark);
    case 'state':
      // Without an entry a packet is invalid to both front ends, unless it is untracked.
      return make('text', ({ state }) => (state === 'none' ? 'invalid' : state));
    case 'status':
      return ofEntry('u32', statusBits);
    case 'direction':
      return ofEntry('text', (_entry, path) => path.direction);
    case 'ip saddr':
    case 'ip6 saddr':
    case 'saddr':
      return ofEntry(key === 'ip6 saddr' ? 'ipv6' : 'ipv4', (entry, path) => tuple(entry, path).saddr);
    case 'ip daddr':
    case 'ip6 daddr':
    case 'daddr':
      return ofEntry(key === 'ip6 daddr' ? 'ipv6' : 'ipv4', (entry, path) => tuple(entry, path).daddr);
    case 'proto-src':
      return ofEntry('u16', (entry, path) => tuple(entry, path).sport);
    case 'proto-dst':
      return ofEntry('u16', (entry, path) => tuple(entry, path).dport);
    case 'protocol':
      return ofEntry('u8', (_entry, path) => path.packet.protocol);
    case 'zone':
      return ofEntry('u16', () => 0);
    default:
      return make('u32', () => undecidable(JSON.stringify(expression)));
  }
}

/** IPS_* of include/uapi/linux/netfilter/nf_conntrack_common.h. */
function statusBits(entry: Connection): number {
  const bits = [
    entry.replied ? 2 : 0,
    entry.confirmed ? 8 : 0,
    entry.translated.source ? 16 : 0,
    entry.translated.destination ? 32 : 0,
    entry.natDone.source ? 128 : 0,
    entry.natDone.destination ? 256 : 0,
  ];
  return bits.reduce((sum, bit) => sum + bit, 0);
}

function payloadReader(protocol: string, field: string, make: Make, expression: Expression): Reader {
  const domain = ADDRESS[protocol];
  if (domain !== undefined) return networkReader(domain, field, make, expression);
  switch (`${protocol} ${field}`) {
    case 'ether saddr':
      return make('text', ({ packet }) => packet.mac);
    case 'ether type':
      return make('u16', ({ packet }) => (packet.family === 'ipv4' ? ETHER_IPV4 : ETHER_IPV6));
    case 'tcp flags':
      return make('u8', ({ packet }) => (packet.protocol === TCP ? packet.tcpFlags : undefined));
    case 'icmp type':
      return make('u8', ({ packet }) => (packet.protocol === ICMP ? packet.icmpType : undefined));
    case 'icmp code':
      return make('u8', ({ packet }) => (packet.protocol === ICMP ? packet.icmpCode : undefined));
    case 'icmpv6 type':
      return make('u8', ({ packet }) => (packet.protocol === ICMPV6 ? packet.icmpType : undefined));
    case 'icmpv6 code':
      return make('u8', ({ packet }) => (packet.protocol === ICMPV6 ? packet.icmpCode : undefined));
    default:
      return transportReader(protocol, field, make, expression);
  }
}

function networkReader(domain: Domain, field: string, make: Make, expression: Expression): Reader {
  const ofFamily = (type: Domain, read: Reader['read']) =>
    make(type, (path, world) => (path.packet.family === domain ? read(path, world) : undefined));
  switch (field) {
    case 'saddr':
      return ofFamily(domain, ({ packet }) => packet.saddr);
    case 'daddr':
      return ofFamily(domain, ({ packet }) => packet.daddr);
    case 'dscp':
      return ofFamily('u6', ({ packet }) => packet.dscp);
    case 'protocol':
    case 'nexthdr':
      return ofFamily('u8', ({ packet }) => packet.protocol);
    case 'length':
      return ofFamily('u16', ({ packet }) => packet.length);
    case 'version':
      return ofFamily('u8', () => (domain === 'ipv4' ? 4 : 6));
    case 'frag-off':
      // Conntrack puts fragments together before any chain sees them.
      return ofFamily('u16', () => 0);
    default:
      return ofFamily('u32', () => undecidable(JSON.stringify(expression)));
  }
}

/** Protocols that begin with two ports. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

export function hasPorts(protocol: number): boolean {
  return WITH_PORTS.has(protocol);
}

function transportReader(protocol: string, field: string, make: Make, expression: Expression): Reader {
  const number = protocol === 'th' ? undefined : symbolNumber('inet_proto', protocol);
  const other = () => undecidable(JSON.stringify(expression));
  if (number === undefined && protocol !== 'th') return make('u32', other);
  const side = field === 'sport' || field === 'dport' ? field : undefined;
  return make(side === undefined ? 'u32' : 'u16', ({ packet }) => {
    if (number !== undefined && packet.protocol !== number) return undefined;
    return side !== undefined && hasPorts(packet.protocol) ? packet[side] : other();
  });
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

/** The same fields under the same seed give the same hash: a throw that is kept. */
function readHash(
  expression: Extract<Expression, { kind: 'hash' }>,
  table: TableIndex,
  path: Path,
  world: World,
): Variable {
  const { algorithm, of, modulus, seed, offset } = expression;
  const fields =
    of === undefined || of.kind === 'unknown'
      ? [path.packet.saddr, path.packet.daddr, path.packet.sport, path.packet.dport]
      : (of.kind === 'concat' ? of.parts : [of]).map((part) => readerOf(part, table).read(path, world) ?? '');
  const keys = fields.map((field) => (isQuestion(field) ? '?' : termKey(field)));
  return dice(
    `${algorithm} ${seed ?? 0} mod ${modulus} of ${keys.join(' ')} ${of?.kind === 'unknown' ? of.text : ''}`,
    offset,
    modulus,
  );
}
