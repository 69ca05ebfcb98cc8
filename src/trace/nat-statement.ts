import type { Expression } from '../kernel/expression.ts';
import type { Nat } from '../kernel/statement.ts';
import { invert, sameTuple } from './connection.ts';
import type { TableIndex } from './index-state.ts';
import { lookUpMap } from './look-up-map.ts';
import { networkStretch, readConstant, readStretch, type Type } from './operand.ts';
import { changeOptions, type Options } from './options.ts';
import type { Path, Tuple } from './path.ts';
import { hasPorts } from './protocol.ts';
import type { Question } from './question.ts';
import { isQuestion } from './read-term.ts';
import { masqueradeSource } from './select-source.ts';
import { fresh } from './set-statement.ts';
import { addressPoint, isPoint, type Point, type Term, termKey } from './term.ts';
import type { World } from './world.ts';

/** What a translation does; a text when it drops the packet instead. */
export interface Translation {
  readonly text: string;
  readonly change: (path: Path) => string | undefined;
}

/** New address and port of the side; absent ones stay. `drop`: there is nothing to translate to. */
interface Target {
  readonly address?: Term;
  readonly port?: Term;
  readonly drop?: string;
}

/** Undefined, or undefined as a value: a map has no entry for the packet, and the rule breaks off. */
export function natStatement(
  nat: Nat,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Translation | undefined> | Question | undefined {
  // The rule of an inet table asks for the family first; nft leaves that out of its listing.
  if (nat.family !== undefined && (nat.family === 'ip6') !== (path.packet.family === 'ipv6'))
    return undefined;
  const targets = targetsOf(nat, table, path, world);
  if (targets === undefined || isQuestion(targets)) return targets;
  const source = nat.type === 'snat' || nat.type === 'masquerade';
  return changeOptions(targets, (target) => ({
    text: nat.type,
    change: (one) => target.drop ?? setUp(one, source ? 'source' : 'destination', target, nat),
  }));
}

/** Writes the translation to the connection; the packet itself is changed when all nat chains are done. */
function setUp(path: Path, side: 'source' | 'destination', target: Target, nat: Nat): undefined {
  const { connection } = path;
  if (connection === undefined) return undefined;
  const before = invert(connection.reply);
  const after = withTarget(before, side, target);
  const isChanged = !sameTuple(before, after);
  path.connection = {
    ...connection,
    reply: invert(after),
    natDone: { ...connection.natDone, [side]: true },
    translated: { ...connection.translated, [side]: connection.translated[side] || isChanged },
    ...(nat.type === 'masquerade' ? { masqueradedBy: path.packet.oif } : {}),
  };
  return undefined;
}

function withTarget(tuple: Tuple, side: 'source' | 'destination', { address, port }: Target): Tuple {
  const [addressOf, portOf] =
    side === 'source' ? (['saddr', 'sport'] as const) : (['daddr', 'dport'] as const);
  return {
    ...tuple,
    ...(address === undefined ? {} : { [addressOf]: address }),
    ...(port === undefined ? {} : { [portOf]: port }),
  };
}

function targetsOf(
  nat: Nat,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Target | undefined> | Question | undefined {
  const ports = portTargets(nat, table, path, world);
  if (ports === undefined || isQuestion(ports)) return ports;
  const [only] = ports;
  // Two maps of which nothing is known would be asked in all combinations.
  const isOne = ports.length === 1 && only?.side === undefined;
  const port = isOne ? only?.value : { port: fresh(world, 'port', 'u16') };
  if (port === undefined) return undefined;
  if (nat.type === 'masquerade') return withPorts(masquerade(path, world), ports);
  if (nat.type === 'redirect') return withPorts(redirect(path, world), ports);
  if (nat.address === undefined) return ports;
  if (nat.address.kind !== 'map') return withPorts(addressTarget(nat, nat.address, path, world), ports);
  const found = lookUpMap(nat.address.key, nat.address.map, table, path, world);
  if (found === undefined || isQuestion(found)) return found;
  return changeOptions(found, ({ value }) => ({
    ...(value === undefined ? {} : addressTarget(nat, value, path, world)),
    ...port,
  }));
}

function withPorts(address: Target, ports: Options<Target | undefined>): Options<Target | undefined> {
  return changeOptions(ports, (port) => ({ ...address, ...port }));
}

/** The address of the interface it leaves by; with none known, some address of it (kernel-facts 6.1). */
function masquerade(path: Path, world: World): Target {
  const { packet, route } = path;
  const gateway = route?.kind === 'unicast' ? route.gateway : undefined;
  const device = packet.oif;
  const source =
    typeof device === 'string'
      ? masqueradeSource(world.index, packet.family, device, gateway, packet.daddr)
      : undefined;
  if (source !== undefined) return { address: source };
  if (world.index.addresses(packet.family).length > 0 && typeof device === 'string')
    return { drop: `${device} has no address to masquerade with` };
  // The same address for every connection that leaves by it.
  return { address: { kind: 'variable', id: `address of ${termKey(device)}`, domain: packet.family } };
}

/** The first address of the interface it came in by; for the machine's own packets the loopback address. */
function redirect({ packet, hook }: Path, world: World): Target {
  const loopback = packet.family === 'ipv4' ? '127.0.0.1' : '::1';
  const own = world.index
    .addresses(packet.family)
    .find((each) => each.device === packet.iif && (packet.family === 'ipv4' || each.scope === 0));
  const text = hook === 'output' ? loopback : own?.address;
  const point = text === undefined ? undefined : addressPoint(text, packet.family);
  if (point !== undefined) return { address: point };
  if (world.index.addresses(packet.family).length > 0)
    return { drop: `${packet.iif} has no address to redirect to` };
  return { address: fresh(world, `address of ${packet.iif}`, packet.family) };
}

/** One address, some address of a range, the same host in another prefix, or an address with its port. */
function addressTarget(nat: Nat, expression: Expression, path: Path, world: World): Target {
  if (expression.kind === 'concat') {
    const [address, port] = expression.parts;
    return {
      ...(address === undefined ? {} : addressTarget(nat, address, path, world)),
      ...(port === undefined ? {} : { port: pick(port, PORT, currentPort(nat, path), world, 'port') }),
    };
  }
  const { family } = path.packet;
  const type: Type = { domain: family, datatype: '' };
  if (nat.prefix === true && expression.kind === 'prefix') {
    const host = nat.type === 'snat' ? path.packet.saddr : path.packet.daddr;
    return { address: mapHost(expression.prefix.address, expression.prefix.length, host, path, world) };
  }
  const current = nat.type === 'snat' ? currentTuple(path).saddr : undefined;
  return { address: pick(expression, type, current, world, nat.type) };
}

/** Of a source that leaves its port to chance: one of the kind it had (nf_nat_l4proto_unique_tuple). */
function randomPort(nat: Nat, { packet }: Path, world: World): Target {
  const isSource = nat.type === 'snat' || nat.type === 'masquerade';
  if (!isSource || !isRandom(nat) || !hasPorts(packet.protocol)) return {};
  const { sport } = packet;
  const universe = PORT_KINDS.find(([, last]) => typeof sport === 'number' && sport <= last) ?? ANY_PORT;
  world.variables += 1;
  return { port: { kind: 'variable', id: `port ${world.variables}`, domain: 'u16', universe } };
}

/** A port becomes one of the same kind: for rsh, of a service, of nobody. */
const PORT_KINDS = [
  [1, 511],
  [600, 1023],
  [1024, 65535],
] as const;
const ANY_PORT = [1, 65535] as const;

function isRandom({ flags }: Nat): boolean {
  return flags.includes('random') || flags.includes('fully-random');
}

const PORT: Type = { domain: 'u16', datatype: 'inet_service' };

/** What a range keeps if it is in it. */
function currentPort(nat: Nat, path: Path): Term | undefined {
  if (isRandom(nat)) return undefined;
  const { sport, dport } = currentTuple(path);
  return nat.type === 'snat' || nat.type === 'masquerade' ? sport : dport;
}

/** What the entry says of the packet, whatever rules have written into it since (get_unique_tuple). */
function currentTuple({ connection, packet }: Path): Tuple {
  return connection === undefined ? packet : invert(connection.reply);
}

/** Of a range: the value it has already, where that is in it, else one nobody can tell. */
function pick(
  expression: Expression,
  type: Type,
  current: Term | undefined,
  world: World,
  text: string,
): Term {
  const stretch = readStretch(expression, type);
  if (stretch === undefined) return fresh(world, text, type.domain);
  const [first, last] = stretch;
  if (first === last) return first;
  if (current !== undefined && isPoint(current) && current >= first && current <= last) return current;
  world.variables += 1;
  return { kind: 'variable', id: `${text} ${world.variables}`, domain: type.domain, universe: stretch };
}

/** The prefix is replaced, the rest of the address stays (NETMAP, `prefix to`). */
function mapHost(address: string, length: number, current: Term, path: Path, world: World): Term {
  const { family } = path.packet;
  const network = addressPoint(address, family);
  if (network === undefined || !isPoint(current)) return fresh(world, 'mapped', family);
  return replaceNetwork(network, length, current);
}

function replaceNetwork(network: Point, length: number, host: Point): Point {
  const [first] = networkStretch(network, length);
  const [own] = networkStretch(host, length);
  if (typeof first === 'number' && typeof host === 'number' && typeof own === 'number')
    return first + host - own;
  const moved = BigInt(`0x${first}`) + BigInt(`0x${host}`) - BigInt(`0x${own}`);
  return moved.toString(16).padStart(32, '0');
}

function portTargets(
  nat: Nat,
  table: TableIndex,
  path: Path,
  world: World,
): Options<Target | undefined> | Question | undefined {
  const { port } = nat;
  if (port === undefined) return [{ value: randomPort(nat, path, world) }];
  if (port.kind !== 'map')
    return [{ value: { port: pick(port, PORT, currentPort(nat, path), world, 'port') } }];
  const found = lookUpMap(port.key, port.map, table, path, world);
  if (found === undefined || isQuestion(found)) return found;
  return changeOptions(found, ({ value }) => {
    const point = value === undefined ? undefined : readConstant(value, PORT);
    return { port: point ?? fresh(world, 'port', 'u16') };
  });
}
